# The tools in a small image: docker build -t rb . && docker run -i rb rb-score < fitted.ndjson
FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make install PREFIX=/out

FROM debian:bookworm-slim
# The roots of certificates are for rb-embed --api.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /out /usr/local
COPY LICENSE /usr/local/share/doc/rb-tools/
WORKDIR /data
CMD ["rb-pareto", "--help"]
