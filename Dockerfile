# The one image of all roles. It runs as a user of its own, and needs no root and no writable root file system:
# give it a data folder at /var/lib/unwonted, and a folder for numba's compiled code at NUMBA_CACHE_DIR.
FROM python:3.13-slim AS made
WORKDIR /made
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY collector collector
COPY models models
COPY service service
COPY training training
COPY unwonted unwonted
RUN python -m venv /opt/unwonted \
 && /opt/unwonted/bin/pip install --no-cache-dir --only-binary :all: -c requirements.lock hatchling editables \
 && /opt/unwonted/bin/pip install --no-cache-dir --only-binary :all: -c requirements.lock --no-build-isolation .

FROM python:3.13-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /var/lib/unwonted --create-home --shell /usr/sbin/nologin unwonted \
 && mkdir /var/cache/unwonted && chown unwonted /var/cache/unwonted
COPY --from=made /opt/unwonted /opt/unwonted
ENV PATH=/opt/unwonted/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/cache/unwonted \
    UNWONTED_DATA=/var/lib/unwonted
USER 10001:10001
RUN python -m unwonted.warm
EXPOSE 8600
ENTRYPOINT ["unwonted"]
CMD ["serve", "--help"]
