# Two stages: the first installs the pinned, hashed requirements; the second holds only what runs.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN /opt/venv/bin/pip install --require-hashes --requirement requirements/runtime.txt
COPY pyproject.toml README.md alembic.ini ./
COPY migrations migrations
COPY api api
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && /opt/venv/bin/python -m compileall -q api migrations

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin doorstep
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DOORSTEP_HOST=0.0.0.0 \
    DOORSTEP_PORT=8000 \
    DOORSTEP_HOME=/tmp/doorstep
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"DOORSTEP_PORT\"]}/livez', timeout=2)"]
ENTRYPOINT ["doorstep"]
CMD ["serve"]
