# The site and its workers: one image, two commands (deploy/run web, deploy/run worker).
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHON=/usr/local/bin/python \
    PORT=8000 \
    VAR_DIR=/var/lib/nlpadmin \
    STATIC_DIR=/srv/nlpadmin/collected

# Such as PyMySQL, or a tier's packages; pyproject.toml names them.
ARG EXTRA_PACKAGES=""

WORKDIR /srv/nlpadmin
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt ${EXTRA_PACKAGES}

COPY manage.py gunicorn.conf.py LICENSE NOTICE ./
COPY deploy deploy
COPY nlpadmin nlpadmin
COPY analyses analyses
COPY templates templates
COPY static static

# The demo mode makes itself a key, in a folder that does not stay; nothing of it is left in the image.
RUN python -m compileall -q nlpadmin analyses \
    && NLPADMIN_DEMO=1 VAR_DIR=/tmp/build deploy/run static \
    && rm -rf /tmp/build \
    && useradd --system --uid 10001 --home-dir /var/lib/nlpadmin --create-home nlpadmin

# The code belongs to root: the process can read it and write its own folder alone.
USER nlpadmin
VOLUME /var/lib/nlpadmin
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["deploy/run", "healthy"]
ENTRYPOINT ["deploy/run"]
CMD ["web", "--bind", "0.0.0.0:8000"]
