"""Who read what on a family, and why: for the agencies involved with it.

Made of the audit. A read is shown while the caller's agency may itself read what was read: of an
alert for named agencies the others see no access either, not even that there was one. Why somebody
read is the reason of their agency's involvement at that time, or break-glass.
"""
