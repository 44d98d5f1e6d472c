"""How gunicorn serves the site: threads, because a page waits for the database and keep-alive needs them."""

import sys

from nlpadmin.environment import BadEnvironmentError, Environment

# Read here too: a bad value stops the server at once, instead of a worker again and again.
try:
    _environment = Environment.read()
except BadEnvironmentError as error:
    sys.exit(str(error))

wsgi_app = "nlpadmin.wsgi"
# A proxy on this machine stands in front; a container that is its own machine says --bind.
bind = f"127.0.0.1:{_environment.PORT}"
worker_class = "gthread"
workers = _environment.WEB_PROCESSES
threads = _environment.WEB_THREADS
keepalive = 15
# A worker that has served many requests is replaced, each at another moment.
max_requests = 20_000
max_requests_jitter = 2_000
# X-Forwarded-* are judged by TrustedProxyMiddleware, which knows networks.
forwarded_allow_ips = ""
loglevel = _environment.LOG_LEVEL.lower()
