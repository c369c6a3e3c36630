"""Everything readable on a family, in time order.

The entries are made of the records themselves, by the sources that each domain lists in its
`chronology.py`. To let a further domain stand in it, add its `SOURCES` in `queries.py`.
"""
