# The program as an image: docker compose build. Its steps were tried by hand; it has not been built yet.
# Python 3.11 is what the versions in constraints.txt are tested with.
FROM python:3.11-slim AS build
WORKDIR /source
RUN python -m venv /opt/tinymovements
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY tinymovements tinymovements
COPY spiders spiders
COPY pipelines pipelines
COPY search search
RUN /opt/tinymovements/bin/pip install --constraint constraints.txt .

FROM python:3.11-slim
# deploy/setup.sh hands secrets to this user, by its number.
RUN useradd --uid 10001 --home-dir /var/lib/tinymovements --create-home tinymovements
COPY --from=build /opt/tinymovements /opt/tinymovements
ENV PATH=/opt/tinymovements/bin:$PATH TINYMOVEMENTS_HOME=/var/lib/tinymovements
USER tinymovements
WORKDIR /var/lib/tinymovements
CMD ["tinymovements", "--help"]
