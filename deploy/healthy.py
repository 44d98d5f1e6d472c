"""Say by the exit code whether the site on this machine answers; what it needs beside itself is another question."""

import http.client
import os
import sys

SECONDS = 3


def main() -> int:
    """Ask for /livez under a name that the site answers to; a redirection to https is an answer, too."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=SECONDS)
    try:
        connection.request("GET", "/livez", headers=headers)
        status = connection.getresponse().status
    except OSError as error:
        print(f"The site does not answer: {error}", file=sys.stderr)
        return 1
    return int(status >= http.client.BAD_REQUEST)


if __name__ == "__main__":
    sys.exit(main())
