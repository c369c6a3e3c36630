"""Who is calling and what their role may do. Pure: no queries, no HTTP."""
