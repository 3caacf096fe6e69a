#!/usr/bin/python3
"""What runs in a pod of the demo: a page that says which pod answered and who asked, and /health.html.

    web.py NAME [PORT]
"""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

NAME = sys.argv[1]
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 80


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "podlane-demo"
    sys_version = ""

    def do_GET(self):
        local, peer = self.connection.getsockname()[0], self.client_address[0]
        if self.path == "/health.html":
            text = "server is ok\n"
        elif self.path == "/":
            text = f"pod={NAME} address={local} asked-by={peer}\n"
        else:
            self.send_error(404)
            return
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *args):
        if self.path != "/health.html":
            super().log_message(*args)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def server_bind(self):  # HTTPServer's asks the DNS for our own name, which is not to be reached from here
        TCPServer.server_bind(self)
        self.server_name, self.server_port = NAME, PORT

    def handle_error(self, request, client_address):
        pass  # a client that goes away early is no news


Server(("", PORT), Page).serve_forever()
