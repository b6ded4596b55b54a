FROM python:3.12-slim

# The locked packages first: they change less often than the code.
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY tracer tracer
COPY diagnosis diagnosis
COPY store store
COPY ui ui
COPY examples examples
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
 && useradd --create-home misstep \
 && mkdir /data && chown misstep /data

USER misstep
VOLUME /data
ENV MISSTEP_STORE=/data/traces.duckdb
EXPOSE 4317 4318 8501
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:4318/healthz', timeout=2)"]
# Inside the container every interface is the container's own; docker-compose.yml publishes the
# ports on the host's loopback only.
CMD ["misstep", "up", "--host", "0.0.0.0", "--insecure-bind"]
