#!/usr/bin/python3
"""The traffic plane of mock-bigip with a real HAProxy, in a network namespace of its own.

    traffic.py MOCK-BIGIP

Three web servers, a DNS-like UDP server and the mock run on the loopback of the namespace. Every wait
has a deadline; nothing is assumed to have happened after some time. Exit 77: it cannot run here.
"""
import base64
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time

VIP, SNAT, MEMBERS = "11.16.22.80", ("10.9.9.1", "10.9.9.2"), ("10.0.0.1", "10.0.0.2", "10.0.0.3")
VIP6, MEMBER6 = "2001:db8::80", "2001:db8::1"
INTERVAL = 1
TIMEOUT = 3 * INTERVAL + 1


def check(ok, *what):
    if not ok:
        raise AssertionError(" ".join(str(w) for w in what))


def wait(what, seconds, fn):
    """until fn() is true, which is returned"""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            last = fn()
        except (OSError, http.client.HTTPException) as e:
            last = e
        else:
            if last:
                return last
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}; last: {last}")


# ---------------------------------------------------------------- servers


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        s = self.server
        monitored = self.path in ("/health.html", "/lazy") or self.command == "HEAD"
        if not monitored:
            s.seen.append((self.client_address[0], self.headers.get_all("X-Forwarded-For")))
        if self.path == "/slow":
            return self.slow()
        if self.path == "/lazy":
            time.sleep(2.5 * INTERVAL)
        body = s.health if self.path == "/health.html" else s.server_address[0]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_HEAD = do_GET

    def slow(self):
        """a line whenever the test says so, until it says the last"""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for n in iter(self.server.lines_get, None):
            self.wfile.write(b"%d\n" % n)
            self.wfile.flush()

    def log_message(self, *args):
        pass


class Web(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def __init__(self, addr, port=80):
        self.address_family = socket.AF_INET6 if ":" in addr else socket.AF_INET
        self.health, self.seen, self.lines = "server is ok", [], []
        self.more = threading.Condition()
        super().__init__((addr, port), Page)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # peers that reset are nothing to talk about here

    def lines_get(self):
        with self.more:
            self.more.wait_for(lambda: self.lines, 60)
            return self.lines.pop(0) if self.lines else None

    def line(self, n):
        with self.more:
            self.lines.append(n)
            self.more.notify_all()

    def stop(self):
        self.shutdown()
        self.server_close()


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(b"pong " + data, self.client_address)


# ---------------------------------------------------------------- the mock


def picky_haproxy(work):
    """HAProxy, but it refuses a configuration with a frontend of a certain name"""
    path = f"{work}/haproxy.sh"
    with open(path, "w") as f:
        f.write("""#!/bin/sh
if grep -q 'frontend k8s:poison$' "$3"; then
    echo "[ALERT]    (1) : Starting frontend k8s:poison: it tastes bad [x]" >&2
    exit 1
fi
PATH=$PATH:/usr/sbin:/usr/local/sbin exec haproxy "$@"
""")
    os.chmod(path, 0o755)
    return path


class Mock:
    def __init__(self, program, work, *options):
        self.dir, self.log = f"{work}/plane", f"{work}/mock.log"
        self.out = open(self.log, "ab")
        self.proc = subprocess.Popen(
            [program, "--haproxy", picky_haproxy(work), "--listen", "127.0.0.1:8443", "--partition", "k8s", "--snatpool",
             "sp=" + ",".join(SNAT), "--traffic", "--traffic-dir", self.dir,
             "--traffic-addresses", "lo", "--log-level", "debug", *options],
            stdout=subprocess.PIPE, stderr=self.out, text=True)
        line = self.proc.stdout.readline()
        check(line.startswith("ready "), "mock-bigip did not start:", line, self.text())

    def text(self):
        with open(self.log) as f:
            return f.read()

    def rest(self, method, path, body=None):
        c = http.client.HTTPSConnection("127.0.0.1", 8443, timeout=10,
                                        context=ssl._create_unverified_context())
        try:
            c.request(method, "/mgmt/tm/" + path, body and json.dumps(body),
                      {"Authorization": "Basic " + base64.b64encode(b"admin:admin").decode(),
                       "Content-Type": "application/json"})
            r = c.getresponse()
            text = r.read().decode()
        finally:
            c.close()
        check(r.status == 200, method, path, r.status, text)
        return json.loads(text) if text else {}

    def stats(self, path):
        """{last part of the entry's name: {key: value}}"""
        out = {}
        for url, e in self.rest("GET", path + "/stats")["entries"].items():
            flat = {k: v.get("value", v.get("description"))
                    for k, v in e["nestedStats"]["entries"].items()}
            out[url.removesuffix("/stats").rsplit("~", 1)[-1]] = flat
        return out

    def member(self, pool, member):
        return self.stats(f"ltm/pool/~k8s~{pool}/members")[member]

    def state(self, pool, member):
        return self.rest("GET", f"ltm/pool/~k8s~{pool}/members/~k8s~{member}")["state"]

    def virtual(self, name):
        return next(iter(self.stats(f"ltm/virtual/~k8s~{name}").values()))

    def pid(self):
        """of HAProxy, the youngest"""
        pids = [line.rsplit("pid=", 1)[1].split()[0] for line in self.text().splitlines()
                if " traffic.haproxy.ready " in line]
        return int(pids[-1]) if pids else 0

    def reloads(self):
        return self.text().count(" traffic.haproxy.ready ")

    def make_virtual(self, name, dest, pool="web", profiles=("/Common/tcp", "/Common/http"), **more):
        body = {"name": name, "partition": "k8s", "destination": f"/k8s/{dest}",
                "mask": "255.255.255.255", "ipProtocol": "tcp", "profiles": list(profiles),
                "sourceAddressTranslation": {"type": "snat", "pool": "/Common/sp"}}
        if pool:
            body["pool"] = f"/k8s/{pool}"
        self.rest("POST", "ltm/virtual", {**body, **more})

    def make_pool(self, name, monitor, members, **more):
        self.rest("POST", "ltm/pool", {"name": name, "partition": "k8s", "monitor": monitor,
                                       "members": [{"name": m, "partition": "k8s"} for m in members],
                                       **more})


def fetch(addr=VIP, port=80, path="/", tls=False, source=None):
    """body of a page over a connection of its own"""
    if tls:
        c = http.client.HTTPSConnection(addr, port, timeout=5,
                                        context=ssl._create_unverified_context())
    else:
        c = http.client.HTTPConnection(addr, port, timeout=5,
                                       source_address=source and (source, 0))
    try:
        c.request("GET", path)
        r = c.getresponse()
        check(r.status == 200, "status", r.status)
        return r.read().decode()
    finally:
        c.close()


def spread(n, **where):
    """who answered n fetches; while two generations of HAProxy share a socket not in good order"""
    return {fetch(**where) for _ in range(n)}


def listens(addr, port):
    try:
        socket.create_connection((addr, port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def refused(addr, port):
    """the connection ends without an answer"""
    try:
        fetch(addr, port)
    except (ConnectionError, http.client.RemoteDisconnected):
        return True
    return False


# ---------------------------------------------------------------- what is shown, in this order


def set_up(m, webs):
    get = {"send": "GET /health.html HTTP/1.1\\r\\nHost:1.1.1.1\\r\\n\\r\\n", "recv": "server is ok"}
    head = {"send": "HEAD / HTTP/1.1\r\n\r\n", "recv": "Server"}  # real CR LF
    for name, body in (("get", get), ("head", head)):
        m.rest("POST", "ltm/monitor/http", {"name": name, "partition": "k8s", "interval": INTERVAL,
                                            "timeout": TIMEOUT, **body})
    names = [f"{a}:80" for a in MEMBERS]
    m.make_pool("web", "/k8s/get", names)
    m.make_pool("heads", "/k8s/head", names)  # without a virtual server
    m.make_virtual("web", f"{VIP}:80")


def page_through_the_virtual_address(m, webs):
    wait("all members up", 5, lambda: all(m.state("web", f"{a}:80") == "up" for a in MEMBERS))
    wait("all members answer", 5, lambda: spread(6) == set(MEMBERS))
    got = [fetch() for _ in range(30)]
    check(all(got.count(a) == 10 for a in MEMBERS), "round robin:", got)


def source_is_from_the_snat_pool(m, webs):
    seen = {addr for w in webs for addr, _ in w.seen}
    check(seen == set(SNAT), "sources", seen)
    check(all(xff is None for w in webs for _, xff in w.seen), "X-Forwarded-For without being told")


def counters_reach_the_statistics(m, webs):
    v = wait("connections are counted", 5, lambda: (
        lambda v: v if v["clientside.totConns"] >= 36 else None)(m.virtual("web")))
    check(v["clientside.bitsIn"] > 0 and v["clientside.bitsOut"] > 0, v)
    check(v["status.availabilityState"] == "available", v)
    s = m.member("web", "10.0.0.1:80")
    check(s["serverside.totConns"] >= 10 and s["serverside.bitsOut"] > 0, s)


def x_forwarded_for(m, webs):
    m.rest("POST", "ltm/profile/http", {"name": "xff", "partition": "k8s",
                                        "insertXforwardedFor": "enabled"})
    m.make_virtual("xff", f"{VIP}:81", profiles=("/Common/tcp", "/k8s/xff"))
    wait("served", 5, lambda: fetch(port=81))
    last = [w.seen[-1] for w in webs if w.seen and w.seen[-1][1]]
    check(len(last) == 1 and last[0][1] == [VIP], last)  # from lo to itself


def dead_server_goes_down_and_comes_back(m, webs):
    began = time.monotonic()
    webs[0].stop()
    for pool in ("web", "heads"):
        left = TIMEOUT + 1 - (time.monotonic() - began)
        wait(f"{pool}: down within timeout", left, lambda: m.state(pool, "10.0.0.1:80") == "down")
    took = time.monotonic() - began
    check(took > TIMEOUT - INTERVAL - 0.5, "down already after", took)
    reason = m.member("web", "10.0.0.1:80")["status.statusReason"]
    check(reason.startswith("/k8s/get: No successful responses received before deadline. @"), reason)
    check(m.member("web", "10.0.0.1:80")["status.availabilityState"] == "offline", "offline")
    wait("no traffic for the dead", 1, lambda: spread(6) == set(MEMBERS[1:]))
    webs[0] = Web(MEMBERS[0])
    for pool in ("web", "heads"):
        wait(f"{pool}: up again", INTERVAL + 1, lambda: m.state(pool, "10.0.0.1:80") == "up")
    wait("traffic again", 1, lambda: spread(6) == set(MEMBERS))


def wrong_answer_is_down_for_the_one_who_reads_it(m, webs):
    webs[1].health = "server is sick"
    wait("GET sees it", TIMEOUT + 1, lambda: m.state("web", "10.0.0.2:80") == "down")
    check(m.state("heads", "10.0.0.2:80") == "up", "HEAD does not look at the page")
    webs[1].health = "server is OK"  # case does not matter
    wait("back", INTERVAL + 1, lambda: m.state("web", "10.0.0.2:80") == "up")


def disabled_member_keeps_what_it_has(m, webs):
    path = "ltm/pool/~k8s~web/members/~k8s~10.0.0.2:80"
    c = http.client.HTTPConnection(VIP, 80, timeout=5)
    for _ in range(4):  # until this connection is the one of 10.0.0.2
        c.request("GET", "/")
        if c.getresponse().read() == b"10.0.0.2":
            break
        c.close()
    before, pid = m.reloads(), m.pid()
    m.rest("PATCH", path, {"session": "user-disabled", "state": "user-up"})
    wait("no new connections", 3, lambda: spread(6) == {"10.0.0.1", "10.0.0.3"})
    c.request("GET", "/")
    check(c.getresponse().read() == b"10.0.0.2", "its old connection goes on")
    c.close()
    m.rest("PATCH", path, {"session": "user-enabled", "state": "user-up"})
    wait("enabled", 3, lambda: spread(6) == set(MEMBERS))
    check((m.reloads(), m.pid()) == (before, pid), "no reload for that")


def member_deleted_and_added(m, webs):
    before = m.reloads()
    m.rest("DELETE", "ltm/pool/~k8s~web/members/~k8s~10.0.0.3:80")
    wait("gone", 3, lambda: spread(6) == set(MEMBERS[:2]))
    m.rest("POST", "ltm/pool/~k8s~web/members", {"name": "10.0.0.3:80", "partition": "k8s"})
    wait("added", 3, lambda: spread(6) == set(MEMBERS))
    check(m.reloads() == before, "no reload for that")
    for _ in range(5):  # so fast that the plane sees no difference: it is another object all the same
        m.rest("DELETE", "ltm/pool/~k8s~web/members/~k8s~10.0.0.3:80")
        m.rest("POST", "ltm/pool/~k8s~web/members", {"name": "10.0.0.3:80", "partition": "k8s"})
        wait("up", 3, lambda: m.state("web", "10.0.0.3:80") == "up")


def deleted_member_with_a_connection_that_comes_back(m, webs):
    """HAProxy cannot delete a server that has connections; adding it again must still work"""
    m.make_virtual("tcp", f"{VIP}:82", profiles=("/Common/tcp",))
    wait("served", 5, lambda: fetch(port=82))
    c = socket.create_connection((VIP, 82), 5)
    c.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
    where = wait("it arrived", 3, lambda: next((w for w in webs if w.seen and w.more._waiters), None))
    name = where.server_address[0] + ":80"
    others = set(MEMBERS) - {where.server_address[0]}
    m.rest("DELETE", f"ltm/pool/~k8s~web/members/~k8s~{name}")
    wait("gone", 3, lambda: spread(6, port=82) == others)
    m.rest("POST", "ltm/pool/~k8s~web/members", {"name": name, "partition": "k8s"})
    wait("added", 5, lambda: spread(6, port=82) == set(MEMBERS))
    where.line(7)
    check(read_until(c, b"7\n"), "the old connection lives")
    where.line(None)
    c.close()


def read_until(c, want):
    data = b""
    while not data.endswith(want):
        more = c.recv(4096)
        if not more:
            return False
        data += more
    return True


def reload_loses_no_connection(m, webs):
    c = socket.create_connection((VIP, 82), 5)
    c.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
    where = wait("it arrived", 3, lambda: next((w for w in webs if w.more._waiters), None))
    where.line(1)
    check(read_until(c, b"1\n"), "first line")
    stop, failures, n = threading.Event(), [], [0]

    def hammer():
        while not stop.is_set():
            try:
                fetch()
                n[0] += 1
            except Exception as e:
                failures.append(repr(e))

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for t in threads:
        t.start()
    try:
        for i in range(5):
            before = m.reloads()
            m.make_virtual(f"more{i}", f"{VIP}:{90 + i}")
            wait("reloaded", 5, lambda: m.reloads() > before)
            wait("served", 3, lambda: fetch(port=90 + i))
            where.line(10 + i)
            check(read_until(c, b"%d\n" % (10 + i)), "the connection lives after reload", i)
    finally:
        stop.set()
        for t in threads:
            t.join()
    check(n[0] > 50 and not failures, n[0], "fetched, failed:", failures[:3])
    where.line(None)
    check(c.recv(10) == b"", "the end")
    c.close()


def udp_is_noted_and_monitored(m, webs):
    m.rest("POST", "ltm/monitor/udp", {"name": "u", "partition": "k8s", "interval": INTERVAL,
                                       "timeout": TIMEOUT, "send": "ping", "recv": "^pong ping$"})
    m.make_pool("dns", "/k8s/u", ["10.0.0.1:53", "10.0.0.2:53"])
    m.make_virtual("dns", f"{VIP}:53", "dns", ("/Common/udp",), ipProtocol="udp")
    wait("UDP server is up", 3, lambda: m.state("dns", "10.0.0.1:53") == "up")
    wait("nobody there", TIMEOUT + 1, lambda: m.state("dns", "10.0.0.2:53") == "down")
    v = m.virtual("dns")
    check(v["status.statusReason"] == "UDP is not served by HAProxy", v)
    check(v["status.availabilityState"] == "unknown", v)
    check('traffic.virtual.refused virtual=/k8s/dns reason="UDP is not served by HAProxy"'
          in m.text(), "it is in the log")


def other_monitors(m, webs):
    for kind, name, more in (("tcp", "t", {}), ("gateway-icmp", "i", {}),
                             ("https", "s", {"send": "GET /mgmt/x HTTP/1.0", "recv": "HTTP/1.[01] "}),
                             ("http", "dis", {"send": "GET /health.html HTTP/1.0",
                                              "recv": "no such text", "recvDisable": "server is ok"}),
                             ("http", "rev", {"send": "GET /health.html HTTP/1.0",
                                              "recv": "server is sick", "reverse": "enabled"}),
                             ("http", "lazy", {"send": "GET /lazy HTTP/1.0", "recv": "10.0.0"}),
                             ("udp", "silent", {"send": "x"})):
        m.rest("POST", f"ltm/monitor/{kind}", {"name": name, "partition": "k8s", **more,
                                               "interval": INTERVAL, "timeout": TIMEOUT})
    m.make_pool("mixed", "/k8s/t and /k8s/i", ["10.0.0.1:80", "10.0.0.1:79", "10.0.0.99:80"])
    m.make_pool("one", "min 1 of { /k8s/t /k8s/i }", ["10.0.0.1:79"])
    m.make_pool("tls", "/k8s/s", ["127.0.0.1:8443"])
    m.make_pool("dis", "/k8s/dis", ["10.0.0.1:80"])
    m.make_pool("rev", "/k8s/rev", ["10.0.0.3:80"])
    m.make_pool("lazy", "/k8s/lazy", ["10.0.0.3:80"])
    m.make_pool("silent", "/k8s/silent", ["10.0.0.1:53", "10.0.0.3:53"])
    for pool, member, want in (("mixed", "10.0.0.1:80", "up"), ("mixed", "10.0.0.1:79", "down"),
                               ("mixed", "10.0.0.99:80", "down"), ("one", "10.0.0.1:79", "up"),
                               ("tls", "127.0.0.1:8443", "up"), ("dis", "10.0.0.1:80", "up"),
                               ("rev", "10.0.0.3:80", "up"), ("lazy", "10.0.0.3:80", "up"),
                               ("silent", "10.0.0.1:53", "up"), ("silent", "10.0.0.3:53", "down")):
        wait(f"{pool} {member} {want}", TIMEOUT + 2, lambda: m.state(pool, member) == want)
    webs[2].health = "server is sick"
    wait("reverse: down at once", INTERVAL + 1, lambda: m.state("rev", "10.0.0.3:80") == "down")
    webs[2].health = "server is ok"
    m.make_virtual("dis", f"{VIP}:83", "dis")
    wait("it listens", 5, lambda: listens(VIP, 83))
    reason = m.member("dis", "10.0.0.1:80")["status.statusReason"]
    check(reason == "Pool member is available, monitor disabled", reason)
    check(refused(VIP, 83), "no new connections")


def priority_groups(m, webs):
    m.make_pool("prio", "/k8s/get", [], minActiveMembers=1)
    for a, group in zip(MEMBERS, (10, 5, 0)):
        m.rest("POST", "ltm/pool/~k8s~prio/members", {"name": f"{a}:80", "partition": "k8s",
                                                      "priorityGroup": group})
    m.make_virtual("prio", f"{VIP}:84", "prio")
    wait("highest group only", 5, lambda: spread(6, port=84) == {"10.0.0.1"})
    m.rest("PATCH", "ltm/pool/~k8s~prio/members/~k8s~10.0.0.1:80",
           {"session": "user-disabled", "state": "user-down"})
    wait("next group", 3, lambda: spread(6, port=84) == {"10.0.0.2"})


def tls_is_served(m, webs):
    m.make_virtual("tls", f"{VIP}:443",
                   profiles=("/Common/tcp", "/Common/http", "/Common/clientssl"))
    wait("https", 5, lambda: fetch(port=443, tls=True))
    m.make_virtual("reencrypt", f"{VIP}:444", "tls", ("/Common/tcp", "/Common/serverssl"))

    def status():
        c = http.client.HTTPConnection(VIP, 444, timeout=5)
        try:
            c.request("GET", "/mgmt/tm/ltm")
            return c.getresponse().status
        finally:
            c.close()
    wait("plain in, TLS out: the mock itself asks who we are", 5, lambda: status() == 401)


def ipv6(m, webs):
    subprocess.run(["ip", "addr", "add", f"{MEMBER6}/128", "dev", "lo", "nodad"], check=True)
    Web(MEMBER6)
    m.make_pool("six", "/k8s/get", [f"{MEMBER6}.80"])
    m.make_virtual("six", f"{VIP6}.80", "six", mask="ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                   sourceAddressTranslation={"type": "automap"})
    wait("up", 3, lambda: m.state("six", f"{MEMBER6}.80") == "up")
    wait("served", 5, lambda: fetch(VIP6) == MEMBER6)


def source_address_persistence(m, webs):
    m.make_pool("sticky", "/k8s/get", [f"{a}:80" for a in MEMBERS])
    m.make_virtual("sticky", f"{VIP}:88", "sticky", persist=[{"name": "source_addr"}])
    first = wait("served", 5, lambda: fetch(port=88))
    check(spread(6, port=88) == {first}, "one member")
    path = f"ltm/pool/~k8s~sticky/members/~k8s~{first}:80"
    m.rest("PATCH", path, {"session": "user-disabled", "state": "user-up"})
    other = next(a for a in MEMBERS if a != first)
    m.rest("PATCH", f"ltm/pool/~k8s~sticky/members/~k8s~{other}:80",
           {"session": "user-disabled", "state": "user-down"})
    last, clients = next(a for a in MEMBERS if a not in (first, other)), iter(range(1, 250))
    wait("new clients go to what is left", 3, lambda: all(
        fetch(port=88, source=f"127.0.7.{next(clients)}") == last for _ in range(4)))
    check(spread(6, port=88) == {first}, "persistent clients stay with a disabled member")
    m.rest("PATCH", path, {"session": "user-disabled", "state": "user-down"})
    wait("not with one that is offline", 3, lambda: spread(6, port=88) == {last})


def refused_by_haproxy(m, webs):
    m.make_virtual("poison", f"{VIP}:89")
    want = "Starting frontend k8s:poison: it tastes bad [x]"
    wait("noted", 5, lambda: m.virtual("poison")["status.statusReason"] == want)
    wait("the others are served", 3, lambda: spread(6) == set(MEMBERS))
    m.make_virtual("after", f"{VIP}:99")
    wait("and new ones too", 5, lambda: fetch(port=99))
    m.rest("DELETE", "ltm/virtual/~k8s~poison")


def no_pool_no_member_no_page(m, webs):
    m.make_virtual("nopool", f"{VIP}:85", None)
    wait("it listens", 5, lambda: listens(VIP, 85))
    check(refused(VIP, 85), "reset")
    check(listens(VIP, 443), "enabled: it listens")
    m.rest("PATCH", "ltm/virtual/~k8s~tls", {"disabled": True})
    wait("disabled: nobody listens", 5, lambda: not listens(VIP, 443))


def address_in_use(m, webs):
    with socket.create_server((VIP, 86), reuse_port=False):
        m.make_virtual("busy", f"{VIP}:86")
        want = f"Address {VIP}:86 cannot be used: Address already in use"
        wait("noted", 3, lambda: m.virtual("busy")["status.statusReason"] == want)
        wait("the others are served", 3, lambda: spread(6) == set(MEMBERS))
        before = m.reloads()
    wait("served when it is free", 5, lambda: fetch(port=86))
    wait("reloaded", 5, lambda: m.reloads() > before)
    check(m.virtual("busy")["status.availabilityState"] == "available", "note is gone")


def haproxy_crash(m, webs):
    pid = m.pid()
    total = m.virtual("web")["clientside.totConns"]
    os.kill(pid, signal.SIGKILL)
    wait("started again", 10, lambda: m.pid() != pid)
    wait("serves", 3, lambda: spread(6) == set(MEMBERS))
    check("traffic.haproxy.lost" in m.text(), "it is in the log")
    wait("counters go on", 5, lambda: m.virtual("web")["clientside.totConns"] >= total + 6)


SCENES = (page_through_the_virtual_address, source_is_from_the_snat_pool,
          counters_reach_the_statistics, x_forwarded_for, dead_server_goes_down_and_comes_back,
          wrong_answer_is_down_for_the_one_who_reads_it, disabled_member_keeps_what_it_has,
          member_deleted_and_added, deleted_member_with_a_connection_that_comes_back,
          reload_loses_no_connection, udp_is_noted_and_monitored, other_monitors, priority_groups,
          tls_is_served, ipv6, source_address_persistence, refused_by_haproxy, no_pool_no_member_no_page, address_in_use, haproxy_crash)


def addresses():
    return subprocess.run(["ip", "-br", "addr"], capture_output=True, text=True, check=True).stdout


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def clean_end(m):
    pid = m.pid()
    m.proc.terminate()
    check(m.proc.wait(10) == 0, "exit status", m.proc.returncode)
    wait("HAProxy is gone", 3, lambda: gone(pid))
    check(os.listdir(m.dir) == [], "left behind:", os.listdir(m.dir))
    check(not any(a in addresses() for a in (VIP, VIP6, *SNAT)), "addresses left:", addresses())


def killed(m):
    pid = wait("running", 5, m.pid)
    check(not gone(pid), "it lives")
    m.proc.kill()
    m.proc.wait()
    wait("HAProxy dies with the mock", 3, lambda: gone(pid))


def no_such_program(program, work):
    p = subprocess.run([program, "--listen", "127.0.0.1:8443", "--traffic", "--haproxy", "/no/haproxy",
                        "--traffic-dir", f"{work}/none"], capture_output=True, text=True, timeout=20)
    check(p.returncode == 1 and "cannot run '/no/haproxy'" in p.stderr, p.returncode, p.stderr)


def scenario(program, work):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for a in MEMBERS:
        subprocess.run(["ip", "addr", "add", f"{a}/32", "dev", "lo"], check=True)
    webs = [Web(a) for a in MEMBERS]
    dns = socketserver.ThreadingUDPServer(("10.0.0.1", 53), Echo)
    threading.Thread(target=dns.serve_forever, daemon=True).start()
    os.mkdir(f"{work}/1")
    m = Mock(program, f"{work}/1")
    began = time.monotonic()
    try:
        set_up(m, webs)
        for scene in SCENES:
            print(f"[{time.monotonic() - began:6.2f} s] {scene.__name__}", flush=True)
            scene(m, webs)
        clean_end(m)
        os.mkdir(f"{work}/2")
        m = Mock(program, f"{work}/2")
        killed(m)
        no_such_program(program, work)
    except BaseException:
        print(m.text()[-6000:], file=sys.stderr)
        raise
    finally:
        m.proc.kill()
    check("ERROR: AddressSanitizer" not in m.text(), m.text())


def main():
    if os.environ.get("TRAFFIC_NETNS") != "1":
        os.environ["TRAFFIC_NETNS"] = "1"
        if not shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"):
            print("there is no haproxy")
            return 77
        how = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
        if subprocess.run([*how, "true"], stderr=subprocess.DEVNULL).returncode:
            print("no network namespace can be made")
            return 77
        os.execvp("unshare", [*how, sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix="traffic-") as work:
        scenario(os.path.abspath(sys.argv[1]), work)
    return 0


sys.exit(main())
