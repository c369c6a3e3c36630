"""The audit, readable by the agency it is about, and witnessed by all of them.

What an agency did, read and was refused is listed for its information governance. Once in a London
day the worker signs a *checkpoint*: the number and digest of the last seal of the hash chain, and
the checkpoint before it. Every agency is told of its id, which is made of what it says, so that
nobody can rewrite, shorten or replace what came before without contradicting what each of them
holds. `verification.py` compares the chain with the checkpoints and with what agencies have kept.
"""
