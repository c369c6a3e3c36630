"""Sharing checks: the six questions that a practitioner is asked about an adult (procedure §4).

A yes to any but the second obliges the agency to share with every other practitioner involved: see
`obligations`. What was answered is for the practitioner who did and the managers of their agency. A
check is not changed afterwards; the questions are asked again.
"""
