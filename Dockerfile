# syntax=docker/dockerfile:1
FROM python:3.12-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# The build tools stay in this stage; what runs gets an environment of its own.
COPY requirements-build.lock requirements.lock ./
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --no-deps --only-binary :all: -r requirements-build.lock \
 && python -m venv /opt/lectern \
 && /opt/lectern/bin/pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cogs cogs
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /wheel . \
 && /opt/lectern/bin/pip install --no-deps --no-index /wheel/*.whl \
 && /opt/lectern/bin/python -m pip uninstall --yes pip

FROM python:3.12-slim
# An empty PYTHONTZPATH makes Python take its zones from the locked tzdata package: the same rules
# on every machine, whatever the base image carries.
ENV PATH=/opt/lectern/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONTZPATH= \
    LECTERN_DATA_DIR=/data \
    LECTERN_LOG_FORMAT=json
RUN groupadd --gid 10001 lectern \
 && useradd --uid 10001 --gid lectern --no-create-home --home-dir /data --shell /usr/sbin/nologin lectern \
 && install -d -o lectern -g lectern -m 0750 /data
COPY --from=builder /opt/lectern /opt/lectern
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
# The job runner touches the file at every round. Importing the bot here would cost three seconds
# of processor time at each check.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, sys, time; sys.exit(time.time() - os.stat(os.environ['LECTERN_DATA_DIR'] + '/heartbeat').st_mtime > 180)"]
CMD ["lectern", "run"]
