# One image for every role: worker, producer, command line. Locked wheels alone; nothing is compiled.
FROM python:3.12.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /opt/tocsin \
 && /opt/tocsin/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY tocsin tocsin
COPY producers producers
COPY processors processors
COPY dashboards dashboards
RUN /opt/tocsin/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin tocsin
COPY --from=build /opt/tocsin /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
ENTRYPOINT ["tocsin"]
CMD ["--help"]
