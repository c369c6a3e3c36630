"""What an agency brings to a meeting in writing: for everybody invited, or for the chair's agency
alone. A later report of the same agency stands beside the ones before."""
