/* What a freshly installed device has: /Common and its built-in objects (API notes 3.x). */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

static const struct {
	const char *uri, *name, *json; /* in /Common */
} things[] = {
	{"cm/traffic-group", "traffic-group-1", NULL},
	{"cm/traffic-group", "traffic-group-local-only", "{\"isFloating\":\"false\",\"unitId\":0}"},
	{"net/route-domain", "0", "{\"id\":0}"},
	{"cm/device", "bigip.mock.local", NULL},
	{"cm/device-group", "device_trust_group", "{\"autoSync\":\"enabled\"}"},
	{"cm/device-group", "gtm", NULL},
	{"ltm/policy-strategy", "first-match", NULL},
	{"ltm/policy-strategy", "all-match", NULL},
	{"ltm/policy-strategy", "best-match", NULL},
	{"ltm/monitor/http", "http", NULL},
	{"ltm/monitor/http", "http_head_f5",
	 "{\"defaultsFrom\":\"/Common/http\",\"recv\":\"Server\\\\:\","
	 "\"send\":\"HEAD / HTTP/1.0\\\\r\\\\n\\\\r\\\\n\"}"},
	{"ltm/monitor/https", "https", NULL},
	{"ltm/monitor/https", "https_443",
	 "{\"defaultsFrom\":\"/Common/https\",\"destination\":\"*:443\"}"},
	{"ltm/monitor/https", "https_head_f5",
	 "{\"defaultsFrom\":\"/Common/https\",\"recv\":\"Server\\\\:\","
	 "\"send\":\"HEAD / HTTP/1.0\\\\r\\\\n\\\\r\\\\n\"}"},
	{"ltm/monitor/tcp", "tcp", NULL},
	{"ltm/monitor/tcp-half-open", "tcp_half_open", NULL},
	{"ltm/monitor/udp", "udp", NULL},
	{"ltm/monitor/gateway-icmp", "gateway_icmp", NULL},
	{"ltm/monitor/icmp", "icmp", NULL},
	{"ltm/monitor/inband", "inband", NULL},
	{"ltm/monitor/external", "external", NULL},
	{"ltm/profile/tcp", "tcp", NULL},
	{"ltm/profile/tcp", "tcp-legacy",
	 "{\"defaultsFrom\":\"/Common/tcp\",\"nagle\":\"enabled\",\"initCwnd\":3,\"initRwnd\":3}"},
	{"ltm/profile/tcp", "tcp-lan-optimized",
	 "{\"defaultsFrom\":\"/Common/tcp-legacy\",\"proxyBufferHigh\":131072,"
	 "\"proxyBufferLow\":98304,\"sendBufferSize\":65535}"},
	{"ltm/profile/tcp", "tcp-wan-optimized",
	 "{\"defaultsFrom\":\"/Common/tcp-legacy\",\"selectiveNack\":\"enabled\"}"},
	{"ltm/profile/tcp", "tcp-mobile-optimized", "{\"defaultsFrom\":\"/Common/tcp-legacy\"}"},
	{"ltm/profile/tcp", "mptcp-mobile-optimized",
	 "{\"defaultsFrom\":\"/Common/tcp-legacy\",\"mptcp\":\"enabled\"}"},
	{"ltm/profile/tcp", "f5-tcp-lan",
	 "{\"defaultsFrom\":\"/Common/tcp\",\"initCwnd\":16,\"initRwnd\":16,\"minimumRto\":200,"
	 "\"nagle\":\"auto\",\"sendBufferSize\":65535}"},
	{"ltm/profile/tcp", "f5-tcp-wan", "{\"defaultsFrom\":\"/Common/tcp\",\"nagle\":\"auto\"}"},
	{"ltm/profile/tcp", "f5-tcp-mobile",
	 "{\"congestionControl\":\"woodside\",\"defaultsFrom\":\"/Common/tcp\",\"initCwnd\":16,"
	 "\"nagle\":\"auto\",\"proxyBufferHigh\":262144,\"proxyBufferLow\":196608,"
	 "\"receiveWindowSize\":131072,\"sendBufferSize\":262144}"},
	{"ltm/profile/tcp", "f5-tcp-progressive",
	 "{\"autoProxyBufferSize\":\"enabled\",\"autoReceiveWindowSize\":\"enabled\","
	 "\"autoSendBufferSize\":\"enabled\",\"congestionControl\":\"woodside\","
	 "\"defaultsFrom\":\"/Common/tcp\",\"initCwnd\":16,\"initRwnd\":16,\"nagle\":\"auto\","
	 "\"proxyBufferHigh\":262144,\"proxyBufferLow\":196608,\"pushFlag\":\"auto\","
	 "\"receiveWindowSize\":131072,\"sendBufferSize\":262144}"},
	{"ltm/profile/udp", "udp", NULL},
	{"ltm/profile/udp", "udp_decrement_ttl",
	 "{\"defaultsFrom\":\"/Common/udp\",\"ipTtlMode\":\"decrement\"}"},
	{"ltm/profile/udp", "udp_gtm_dns",
	 "{\"datagramLoadBalancing\":\"enabled\",\"defaultsFrom\":\"/Common/udp\","
	 "\"idleTimeout\":\"5\"}"},
	{"ltm/profile/udp", "udp_preserve_ttl",
	 "{\"defaultsFrom\":\"/Common/udp\",\"ipTtlMode\":\"preserve\"}"},
	{"ltm/profile/http", "http", NULL},
	{"ltm/profile/http", "http-explicit", "{\"proxyType\":\"explicit\"}"},
	{"ltm/profile/http", "http-transparent",
	 "{\"enforcement\":{\"excessClientHeaders\":\"pass-through\","
	 "\"excessServerHeaders\":\"pass-through\",\"maxHeaderCount\":32,\"maxHeaderSize\":16384,"
	 "\"oversizeClientHeaders\":\"pass-through\",\"oversizeServerHeaders\":\"pass-through\","
	 "\"truncatedRedirects\":\"enabled\"},\"proxyType\":\"transparent\"}"},
	{"ltm/profile/fastl4", "fastL4", NULL},
	{"ltm/profile/fastl4", "full-acceleration", "{\"defaultsFrom\":\"/Common/fastL4\"}"},
	{"ltm/profile/fastl4", "apm-forwarding-fastL4",
	 "{\"defaultsFrom\":\"/Common/fastL4\",\"idleTimeout\":\"7200\"}"},
	{"ltm/profile/fasthttp", "fasthttp", NULL},
	{"ltm/profile/one-connect", "oneconnect", NULL},
	{"ltm/profile/client-ssl", "clientssl", NULL},
	{"ltm/profile/client-ssl", "clientssl-insecure-compatible",
	 "{\"defaultsFrom\":\"/Common/clientssl\"}"},
	{"ltm/profile/client-ssl", "clientssl-secure", "{\"defaultsFrom\":\"/Common/clientssl\"}"},
	{"ltm/profile/client-ssl", "wom-default-clientssl",
	 "{\"defaultsFrom\":\"/Common/clientssl\"}"},
	{"ltm/profile/server-ssl", "serverssl", NULL},
	{"ltm/profile/server-ssl", "serverssl-insecure-compatible",
	 "{\"defaultsFrom\":\"/Common/serverssl\"}"},
	{"ltm/profile/http2", "http2", NULL},
	{"ltm/profile/http-compression", "httpcompression", NULL},
	{"ltm/profile/web-acceleration", "webacceleration", NULL},
	{"ltm/profile/websocket", "websocket", NULL},
	{"ltm/profile/ftp", "ftp", NULL},
	{"ltm/profile/dns", "dns", NULL},
	{"ltm/profile/sip", "sip", NULL},
	{"ltm/profile/sctp", "sctp", NULL},
	{"ltm/profile/ipother", "ipother", NULL},
	{"ltm/profile/stream", "stream", NULL},
	{"ltm/profile/tftp", "tftp", NULL},
	{"ltm/profile/rtsp", "rtsp", NULL},
	{"ltm/persistence/source-addr", "source_addr", NULL},
	{"ltm/persistence/dest-addr", "dest_addr", NULL},
	{"ltm/persistence/cookie", "cookie", NULL},
	{"ltm/persistence/ssl", "ssl", NULL},
	{"ltm/persistence/hash", "hash", NULL},
	{"ltm/persistence/universal", "universal", NULL},
	{"ltm/persistence/host", "host", NULL},
	{"ltm/persistence/msrdp", "msrdp", NULL},
	{"ltm/persistence/sip", "sip_info", NULL},
	{"net/tunnels/tcp-forward", "tcp-forward", NULL},
	{"net/tunnels/gre", "gre", NULL},
	{"net/tunnels/ipip", "ipip", NULL},
	{"net/tunnels/geneve", "geneve", NULL},
	{"net/tunnels/vxlan", "vxlan", NULL},
	{"net/tunnels/vxlan", "vxlan-gpe",
	 "{\"defaultsFrom\":\"/Common/vxlan\",\"encapsulationType\":\"vxlan-gpe\","
	 "\"floodingType\":\"multipoint\",\"port\":4790}"},
	{"net/tunnels/vxlan", "vxlan-multipoint",
	 "{\"defaultsFrom\":\"/Common/vxlan\",\"floodingType\":\"multipoint\"}"},
	{"net/tunnels/vxlan", "vxlan-ovsdb",
	 "{\"defaultsFrom\":\"/Common/vxlan\",\"floodingType\":\"replicator\"}"},
	{"net/tunnels/vxlan", "vxlan-ovsdb-multipoint",
	 "{\"defaultsFrom\":\"/Common/vxlan\",\"floodingType\":\"multipoint\"}"},
	{"net/tunnels/vxlan", "vxlan-ovsdb-no-flooding",
	 "{\"defaultsFrom\":\"/Common/vxlan\",\"floodingType\":\"none\"}"},
	{"net/tunnels/tunnel", "http-tunnel",
	 "{\"description\":\"Tunnel for http-explicit profile\","
	 "\"profile\":\"/Common/tcp-forward\"}"},
	{"net/tunnels/tunnel", "socks-tunnel",
	 "{\"description\":\"Tunnel for socks profile\",\"profile\":\"/Common/tcp-forward\"}"},
	{"sys/application/template", "f5.http", NULL},
	{"sys/application/template", "f5.tcp", NULL},
	{"ltm/data-group/internal", "private_net",
	 "{\"type\":\"ip\",\"records\":[{\"name\":\"10.0.0.0/8\",\"data\":\"\"},"
	 "{\"name\":\"172.16.0.0/12\",\"data\":\"\"},{\"name\":\"192.168.0.0/"
	 "16\",\"data\":\"\"}]}"},
};

static const char *const modules[] = {"afm", "am", "apm", "asm", "avr",  "fps", "gtm",
				      "ilx", "lc", "ltm", "pem", "sslo", "swg", "urldb"};

static const struct {
	const char *name, *value;
} variables[] = {
	{"arp.maxentries", "8192"},
	{"httpd.basic_auth", "enable"},
	{"icrd.timeout", "60"},
	{"mcpd.vastatusinterval", "3"},
	{"provision.extramb", "0"},
	{"restjavad.timeout", "60"},
	{"restjavad.useextramb", "false"},
	{"restnoded.timeout", "60"},
	{"tm.rejectunmatched", "true"},
	{"trunk.lacp.globals.sysprio", "32768"},
};

void builtin_seed(struct mock *m)
{
	struct mock_obj *o;
	uint64_t generation = m->store.generation;

	m->seeding = true;
	store_begin(&m->store);
	m->store.generation = 1;
	write_make(m, &kind_folder, NULL, "", "/",
		   "{\"inheritedDevicegroup\":\"false\",\"inheritedTrafficGroup\":\"false\"}");
	o = write_make(m, &kind_partition, NULL, "", "Common",
		       "{\"description\":\"Repository for system objects and shared objects.\"}");
	o->generation = 0;
	write_make(m, &kind_folder, NULL, "/Common", "Drafts", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		write_make(m, kind_by_uri(things[i].uri), NULL, "/Common", things[i].name,
			   things[i].json);
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		write_make(m, &kind_provision, NULL, "", modules[i],
			   strcmp(modules[i], "ltm") ? NULL : "{\"level\":\"nominal\"}");
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		autofree char *json = mem_printf("{\"value\":\"%s\",\"defaultValue\":\"%s\"}",
						 variables[i].value, variables[i].value);

		write_make(m, &kind_db, NULL, "", variables[i].name, json);
	}
	write_make(m, &kind_default_node_monitor, NULL, "", "default-node-monitor", NULL);
	store_commit(&m->store);
	m->seeding = false;
	m->store.generation = generation;
}
