# Runs the issuer's own service: builds `air` from this checkout, in an image without the compiler. The project's own
# checks never build this image.
#
#   docker build --file packaging/issuer.Dockerfile --tag air-issuer .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --stop-timeout 75 \
#     --ulimit core=0 --publish 127.0.0.1:3000:3000 --volume ./issuer:/etc/air-issuer:ro --env-file issuer.env air-issuer
#
# The service runs as user 10001 of group 10001, who must be able to read /etc/air-issuer and the files of secrets. It writes nothing,
# if the database is PostgreSQL; the folder of `sqlite` needs a volume.
# A core dump would contain keys.
#
# The base images are named by their tags, since nothing here fetches them. Before a release of your own, replace each
# tag by the digest that `docker buildx imagetools inspect` prints (`image@sha256:…`).
FROM rust:1.95-trixie AS build

WORKDIR /air
COPY . .
RUN cargo build --package air-cli --profile dist --locked

# The Debian of the first stage, so that the C library is the same.
FROM debian:trixie-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 air-issuer \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin air-issuer

COPY --from=build /air/target/dist/air /usr/bin/air

# By number, so that an orchestrator sees that it is not root.
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM

# Whether the process responds. A load balancer should use /readyz, which also needs the database and the keys.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["bash", "-c", "exec 3<> /dev/tcp/127.0.0.1/3000 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && grep --quiet '200 OK' <&3"]

ENTRYPOINT ["air", "issuer"]
CMD ["serve", "--config", "/etc/air-issuer/issuer.toml", "--log-format", "json"]
