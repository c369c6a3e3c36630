"""Another address for a subscription. Whoever controls the address gets the agency's messages: so
one administrator proposes it and another decides, the old address is told, and the new one is
verified before anything is sent to it.

    proposed → approved | refused
"""
