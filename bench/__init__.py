"""Measures the service beside its floor, in one run on one machine.

- `data` fills a partnership by SQL; `partnership` makes its agencies and starts its processes
- `cases` are the requests; `capture` records the SQL that the service runs for each of them
- `floor` runs that SQL by raw asyncpg in a bare ASGI app under the same uvicorn settings
- `load` is the client
- `delivery` measures workers beside a `bare` loop of signed POSTs, `lateness` how late a message
  is, `outage` how what had waited leaves
- `report` prints the tables and writes them into a page

Throughput here means little on another machine; the ratios are what the goals are stated in.
"""
