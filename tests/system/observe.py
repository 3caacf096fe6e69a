#!/usr/bin/python3
"""Watch one object of the API server and say exactly when each event arrived.

    observe.py KUBE_DIRECTORY PATH NAME    prints "MICROSECONDS_SINCE_1970 EVENT_JSON" lines
"""
import http.client
import os
import ssl
import sys
import time

kube, path, name = sys.argv[1:]
with open(os.path.join(kube, "ports")) as f:
    port = int(f.read().split()[0])
pki = os.path.join(kube, "pki")
tls = ssl.create_default_context(cafile=f"{pki}/ca.crt")
tls.load_cert_chain(f"{pki}/admin.crt", f"{pki}/admin.key")
server = http.client.HTTPSConnection("127.0.0.1", port, context=tls)
server.request("GET", f"{path}?watch=1&fieldSelector=metadata.name={name}")
reply = server.getresponse()
if reply.status != 200:
    sys.exit(f"observe.py: {path}: HTTP {reply.status}: {reply.read().decode()}")
while line := reply.readline():
    print(time.time_ns() // 1000, line.decode().strip(), flush=True)
