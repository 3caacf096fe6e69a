/*
 * Profiles and persistence (API notes 3.9): always shown with every field, "none" where unset. The
 * templates are what a fresh 14.1.2.1 shows for the root profile; types follow from the values.
 * Kinds of which less is known keep properties that their template does not list (K_LOOSE).
 */
#include "bigip/mock/core.h"

#define SIMPLE "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\"}"

static struct mock_kind profile_tcp = {
	.uri = "ltm/profile/tcp",
	.family = "profile",
	.type_name = "TCP Profile",
	.type_low = "profile",
	.flags = K_TRAFFIC,
	.template =
		"{\"abc\":\"enabled\",\"ackOnPush\":\"enabled\",\"appService\":\"none\","
		"\"autoProxyBufferSize\":\"disabled\",\"autoReceiveWindowSize\":\"disabled\","
		"\"autoSendBufferSize\":\"disabled\",\"closeWaitTimeout\":5,"
		"\"cmetricsCache\":\"enabled\",\"cmetricsCacheTimeout\":0,"
		"\"congestionControl\":\"high-speed\",\"defaultsFrom\":\"none\","
		"\"deferredAccept\":\"disabled\",\"delayWindowControl\":\"disabled\","
		"\"delayedAcks\":\"enabled\",\"description\":\"none\",\"dsack\":\"disabled\","
		"\"earlyRetransmit\":\"enabled\",\"ecn\":\"enabled\","
		"\"enhancedLossRecovery\":\"enabled\",\"fastOpen\":\"enabled\","
		"\"fastOpenCookieExpiration\":21600,\"finWait_2Timeout\":300,\"finWaitTimeout\":5,"
		"\"hardwareSynCookie\":\"enabled\",\"idleTimeout\":300,\"initCwnd\":10,"
		"\"initRwnd\":10,\"ipDfMode\":\"pmtu\",\"ipTosToClient\":\"0\","
		"\"ipTtlMode\":\"proxy\",\"ipTtlV4\":255,\"ipTtlV6\":64,\"keepAliveInterval\":1800,"
		"\"limitedTransmit\":\"enabled\",\"linkQosToClient\":\"0\",\"maxRetrans\":8,"
		"\"maxSegmentSize\":1460,\"md5Signature\":\"disabled\",\"minimumRto\":1000,"
		"\"mptcp\":\"disabled\",\"mptcpCsum\":\"disabled\",\"mptcpCsumVerify\":"
		"\"disabled\","
		"\"mptcpDebug\":\"disabled\",\"mptcpFallback\":\"reset\","
		"\"mptcpFastjoin\":\"disabled\",\"mptcpIdleTimeout\":300,\"mptcpJoinMax\":5,"
		"\"mptcpMakeafterbreak\":\"disabled\",\"mptcpNojoindssack\":\"disabled\","
		"\"mptcpRtomax\":5,\"mptcpRxmitmin\":1000,\"mptcpSubflowmax\":6,"
		"\"mptcpTimeout\":3600,\"nagle\":\"disabled\",\"pktLossIgnoreBurst\":0,"
		"\"pktLossIgnoreRate\":0,\"proxyBufferHigh\":65535,\"proxyBufferLow\":32768,"
		"\"proxyMss\":\"enabled\",\"proxyOptions\":\"disabled\",\"pushFlag\":\"default\","
		"\"ratePace\":\"enabled\",\"ratePaceMaxRate\":0,\"receiveWindowSize\":65535,"
		"\"resetOnTimeout\":\"enabled\",\"rexmtThresh\":3,\"selectiveAcks\":\"enabled\","
		"\"selectiveNack\":\"disabled\",\"sendBufferSize\":131072,\"slowStart\":"
		"\"enabled\","
		"\"synCookieEnable\":\"enabled\",\"synCookieWhitelist\":\"disabled\","
		"\"synMaxRetrans\":3,\"synRtoBase\":3000,\"tailLossProbe\":\"enabled\","
		"\"tcpOptions\":\"none\",\"timeWaitRecycle\":\"enabled\","
		"\"timeWaitTimeout\":\"2000\",\"timestamps\":\"enabled\","
		"\"verifiedAccept\":\"disabled\",\"zeroWindowTimeout\":20000}",
};

static struct mock_kind profile_udp = {
	.uri = "ltm/profile/udp",
	.family = "profile",
	.type_name = "UDP Profile",
	.type_low = "profile",
	.flags = K_TRAFFIC,
	.template =
		"{\"allowNoPayload\":\"disabled\",\"appService\":\"none\",\"bufferMaxBytes\":"
		"655350,"
		"\"bufferMaxPackets\":0,\"datagramLoadBalancing\":\"disabled\","
		"\"defaultsFrom\":\"none\",\"description\":\"none\",\"idleTimeout\":\"60\","
		"\"ipDfMode\":\"pmtu\",\"ipTosToClient\":\"0\",\"ipTtlMode\":\"proxy\","
		"\"ipTtlV4\":255,\"ipTtlV6\":64,\"linkQosToClient\":\"0\","
		"\"noChecksum\":\"disabled\",\"proxyMss\":\"disabled\",\"sendBufferSize\":655350}",
};

static struct mock_kind profile_http = {
	.uri = "ltm/profile/http",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_TRAFFIC,
	.template =
		"{\"acceptXff\":\"disabled\",\"appService\":\"none\",\"basicAuthRealm\":\"none\","
		"\"defaultsFrom\":\"none\",\"description\":\"none\",\"encryptCookies\":[],"
		"\"enforcement\":{\"excessClientHeaders\":\"reject\","
		"\"excessServerHeaders\":\"reject\",\"knownMethods\":[\"CONNECT\",\"DELETE\","
		"\"GET\","
		"\"HEAD\",\"LOCK\",\"OPTIONS\",\"POST\",\"PROPFIND\",\"PUT\",\"TRACE\",\"UNLOCK\"],"
		"\"maxHeaderCount\":64,\"maxHeaderSize\":32768,\"maxRequests\":0,"
		"\"oversizeClientHeaders\":\"reject\",\"oversizeServerHeaders\":\"reject\","
		"\"pipeline\":\"allow\",\"truncatedRedirects\":\"disabled\","
		"\"unknownMethod\":\"allow\"},\"explicitProxy\":{\"badRequestMessage\":\"none\","
		"\"badResponseMessage\":\"none\",\"connectErrorMessage\":\"none\","
		"\"defaultConnectHandling\":\"deny\",\"dnsErrorMessage\":\"none\","
		"\"dnsResolver\":\"none\",\"hostNames\":[],\"ipv6\":\"no\",\"routeDomain\":"
		"\"none\","
		"\"tunnelName\":\"none\"},\"fallbackHost\":\"none\",\"fallbackStatusCodes\":[],"
		"\"headerErase\":\"none\",\"headerInsert\":\"none\","
		"\"hsts\":{\"includeSubdomains\":\"enabled\",\"maximumAge\":16070400,"
		"\"mode\":\"disabled\",\"preload\":\"disabled\"},"
		"\"insertXforwardedFor\":\"disabled\",\"lwsSeparator\":\"none\",\"lwsWidth\":80,"
		"\"oneconnectStatusReuse\":\"200 206\",\"oneconnectTransformations\":\"enabled\","
		"\"proxyType\":\"reverse\",\"redirectRewrite\":\"none\","
		"\"requestChunking\":\"preserve\",\"responseChunking\":\"selective\","
		"\"responseHeadersPermitted\":[],\"serverAgentName\":\"BigIP\","
		"\"sflow\":{\"pollInterval\":0,\"pollIntervalGlobal\":\"yes\",\"samplingRate\":0,"
		"\"samplingRateGlobal\":\"yes\"},\"viaHostName\":\"none\","
		"\"viaRequest\":\"preserve\",\"viaResponse\":\"preserve\",\"xffAlternativeNames\":["
		"]}",
};

static struct mock_kind profile_fastl4 = {
	.uri = "ltm/profile/fastl4",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_TRAFFIC,
	.template =
		"{\"appService\":\"none\",\"clientTimeout\":30,\"defaultsFrom\":\"none\","
		"\"description\":\"none\",\"explicitFlowMigration\":\"disabled\","
		"\"hardwareSynCookie\":\"disabled\",\"idleTimeout\":\"300\","
		"\"ipDfMode\":\"preserve\",\"ipTosToClient\":\"pass-through\","
		"\"ipTosToServer\":\"pass-through\",\"ipTtlMode\":\"decrement\",\"ipTtlV4\":255,"
		"\"ipTtlV6\":64,\"keepAliveInterval\":\"disabled\",\"lateBinding\":\"disabled\","
		"\"linkQosToClient\":\"pass-through\",\"linkQosToServer\":\"pass-through\","
		"\"looseClose\":\"disabled\",\"looseInitialization\":\"disabled\",\"mssOverride\":"
		"0,"
		"\"otherPvaClientpktsThreshold\":2,\"otherPvaOffloadDirection\":\"bidirectional\","
		"\"otherPvaServerpktsThreshold\":1,"
		"\"otherPvaWhentoOffload\":\"after-packets-per-direction\","
		"\"priorityToClient\":\"pass-through\",\"priorityToServer\":\"pass-through\","
		"\"pvaAcceleration\":\"full\",\"pvaDynamicClientPackets\":1,"
		"\"pvaDynamicServerPackets\":0,\"pvaFlowAging\":\"enabled\","
		"\"pvaFlowEvict\":\"enabled\",\"pvaOffloadDynamic\":\"enabled\","
		"\"pvaOffloadState\":\"embryonic\",\"reassembleFragments\":\"disabled\","
		"\"receiveWindowSize\":0,\"resetOnTimeout\":\"enabled\","
		"\"rttFromClient\":\"disabled\",\"rttFromServer\":\"disabled\","
		"\"serverSack\":\"disabled\",\"serverTimestamp\":\"disabled\","
		"\"softwareSynCookie\":\"disabled\",\"synCookieEnable\":\"enabled\","
		"\"synCookieMss\":0,\"synCookieWhitelist\":\"disabled\",\"tcpCloseTimeout\":\"5\","
		"\"tcpGenerateIsn\":\"disabled\",\"tcpHandshakeTimeout\":\"5\","
		"\"tcpPvaWhentoOffload\":\"embryonic\",\"tcpStripSack\":\"disabled\","
		"\"tcpTimeWaitTimeout\":0,\"tcpTimestampMode\":\"preserve\","
		"\"tcpWscaleMode\":\"preserve\",\"timeoutRecovery\":\"disconnect\"}",
};

static struct mock_kind profile_fasthttp = {
	.uri = "ltm/profile/fasthttp",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template =
		"{\"appService\":\"none\",\"clientCloseTimeout\":5,\"connpoolIdleTimeoutOverride\":"
		"0,"
		"\"connpoolMaxReuse\":0,\"connpoolMaxSize\":2048,\"connpoolMinSize\":0,"
		"\"connpoolReplenish\":\"enabled\",\"connpoolStep\":4,\"defaultsFrom\":\"none\","
		"\"description\":\"none\",\"forceHttp_10Response\":\"disabled\","
		"\"headerInsert\":\"none\",\"http_11CloseWorkarounds\":\"disabled\","
		"\"idleTimeout\":300,\"insertXforwardedFor\":\"disabled\",\"layer7\":\"enabled\","
		"\"maxHeaderSize\":32768,\"maxRequests\":0,\"mssOverride\":0,\"receiveWindowSize\":"
		"0,"
		"\"resetOnTimeout\":\"enabled\",\"serverCloseTimeout\":5,\"serverSack\":"
		"\"disabled\","
		"\"serverTimestamp\":\"disabled\",\"uncleanShutdown\":\"disabled\"}",
};

static struct mock_kind profile_one_connect = {
	.uri = "ltm/profile/one-connect",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"idleTimeoutOverride\":\"disabled\",\"limitType\":\"none\",\"maxAge\":86400,"
		    "\"maxReuse\":1000,\"maxSize\":10000,\"sharePools\":\"disabled\","
		    "\"sourceMask\":\"any\"}",
};

static struct mock_kind profile_client_ssl = {
	.uri = "ltm/profile/client-ssl",
	.family = "profile",
	.type_name = "ClientSSL Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template =
		"{\"alertTimeout\":\"indefinite\",\"appService\":\"none\",\"authenticate\":"
		"\"once\","
		"\"authenticateDepth\":9,\"caFile\":\"none\",\"cacheSize\":262144,"
		"\"cacheTimeout\":3600,\"cert\":\"/Common/default.crt\",\"chain\":\"none\","
		"\"cipherGroup\":\"none\",\"ciphers\":\"DEFAULT\",\"clientCertCa\":\"none\","
		"\"crlFile\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		"\"handshakeTimeout\":\"10\",\"key\":\"/Common/default.key\",\"mode\":\"enabled\","
		"\"modSslMethods\":\"disabled\",\"passphrase\":\"none\",\"peerCertMode\":"
		"\"ignore\","
		"\"proxySsl\":\"disabled\",\"renegotiatePeriod\":\"indefinite\","
		"\"renegotiation\":\"enabled\",\"retainCertificate\":\"true\","
		"\"secureRenegotiation\":\"require\",\"serverName\":\"none\","
		"\"sessionTicket\":\"disabled\",\"sniDefault\":\"false\",\"sniRequire\":\"false\","
		"\"sslSignHash\":\"any\",\"strictResume\":\"disabled\","
		"\"uncleanShutdown\":\"enabled\"}",
};

static struct mock_kind profile_server_ssl = {
	.uri = "ltm/profile/server-ssl",
	.family = "profile",
	.type_name = "ServerSSL Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template =
		"{\"alertTimeout\":\"indefinite\",\"appService\":\"none\",\"authenticate\":"
		"\"once\","
		"\"authenticateDepth\":9,\"authenticateName\":\"none\",\"caFile\":\"none\","
		"\"cacheSize\":262144,\"cacheTimeout\":3600,\"cert\":\"none\",\"chain\":\"none\","
		"\"cipherGroup\":\"none\",\"ciphers\":\"DEFAULT\",\"crlFile\":\"none\","
		"\"defaultsFrom\":\"none\",\"description\":\"none\","
		"\"expireCertResponseControl\":\"drop\",\"handshakeTimeout\":\"10\",\"key\":"
		"\"none\","
		"\"mode\":\"enabled\",\"modSslMethods\":\"disabled\",\"passphrase\":\"none\","
		"\"peerCertMode\":\"ignore\",\"proxySsl\":\"disabled\","
		"\"renegotiatePeriod\":\"indefinite\",\"renegotiation\":\"enabled\","
		"\"retainCertificate\":\"true\",\"secureRenegotiation\":\"require-strict\","
		"\"serverName\":\"none\",\"sessionTicket\":\"disabled\",\"sniDefault\":\"false\","
		"\"sniRequire\":\"false\",\"sslSignHash\":\"any\",\"strictResume\":\"disabled\","
		"\"uncleanShutdown\":\"enabled\",\"untrustedCertResponseControl\":\"drop\"}",
};

static struct mock_kind profile_http2 = {
	.uri = "ltm/profile/http2",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_http_compression = {
	.uri = "ltm/profile/http-compression",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_web_acceleration = {
	.uri = "ltm/profile/web-acceleration",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_websocket = {
	.uri = "ltm/profile/websocket",
	.family = "profile",
	.type_name = "Websocket Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_html = {
	.uri = "ltm/profile/html",
	.family = "profile",
	.type_name = "HTML Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_analytics = {
	.uri = "ltm/profile/analytics",
	.family = "profile",
	.type_name = "Analytics Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_request_adapt = {
	.uri = "ltm/profile/request-adapt",
	.family = "profile",
	.type_name = "Request Adapt Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_response_adapt = {
	.uri = "ltm/profile/response-adapt",
	.family = "profile",
	.type_name = "Response Adapt Profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_ftp = {
	.uri = "ltm/profile/ftp",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_dns = {
	.uri = "ltm/profile/dns",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_sip = {
	.uri = "ltm/profile/sip",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_sctp = {
	.uri = "ltm/profile/sctp",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_ipother = {
	.uri = "ltm/profile/ipother",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_stream = {
	.uri = "ltm/profile/stream",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_rewrite = {
	.uri = "ltm/profile/rewrite",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_tftp = {
	.uri = "ltm/profile/tftp",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_rtsp = {
	.uri = "ltm/profile/rtsp",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_xml = {
	.uri = "ltm/profile/xml",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind profile_diameter = {
	.uri = "ltm/profile/diameter",
	.family = "profile",
	.type_name = "profile",
	.type_low = "profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = SIMPLE,
};

static struct mock_kind persistence_source_addr = {
	.uri = "ltm/persistence/source-addr",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"hashAlgorithm\":\"default\",\"mapProxies\":\"enabled\","
		    "\"mapProxyAddress\":\"none\",\"mapProxyClass\":\"none\",\"mask\":\"none\","
		    "\"matchAcrossPools\":\"disabled\",\"matchAcrossServices\":\"disabled\","
		    "\"matchAcrossVirtuals\":\"disabled\",\"mirror\":\"disabled\","
		    "\"overrideConnectionLimit\":\"disabled\",\"timeout\":\"180\"}",
};

static struct mock_kind persistence_dest_addr = {
	.uri = "ltm/persistence/dest-addr",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"hashAlgorithm\":\"default\",\"mapProxies\":\"enabled\","
		    "\"mapProxyAddress\":\"none\",\"mapProxyClass\":\"none\",\"mask\":\"none\","
		    "\"matchAcrossPools\":\"disabled\",\"matchAcrossServices\":\"disabled\","
		    "\"matchAcrossVirtuals\":\"disabled\",\"mirror\":\"disabled\","
		    "\"overrideConnectionLimit\":\"disabled\",\"timeout\":\"180\"}",
};

static struct mock_kind persistence_cookie = {
	.uri = "ltm/persistence/cookie",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template =
		"{\"alwaysSend\":\"disabled\",\"appService\":\"none\","
		"\"cookieEncryption\":\"disabled\",\"cookieName\":\"none\",\"defaultsFrom\":"
		"\"none\","
		"\"description\":\"none\",\"expiration\":\"0\",\"hashLength\":0,\"hashOffset\":0,"
		"\"httponly\":\"enabled\",\"matchAcrossPools\":\"disabled\","
		"\"matchAcrossServices\":\"disabled\",\"matchAcrossVirtuals\":\"disabled\","
		"\"method\":\"insert\",\"mirror\":\"disabled\","
		"\"overrideConnectionLimit\":\"disabled\",\"secure\":\"enabled\",\"timeout\":"
		"\"180\"}",
};

static struct mock_kind persistence_ssl = {
	.uri = "ltm/persistence/ssl",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"matchAcrossPools\":\"disabled\",\"matchAcrossServices\":\"disabled\","
		    "\"matchAcrossVirtuals\":\"disabled\",\"mirror\":\"disabled\","
		    "\"overrideConnectionLimit\":\"disabled\",\"timeout\":\"300\"}",
};

static struct mock_kind persistence_hash = {
	.uri = "ltm/persistence/hash",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template =
		"{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		"\"hashAlgorithm\":\"default\",\"hashEndPattern\":\"none\",\"hashLength\":0,"
		"\"hashOffset\":0,\"hashStartPattern\":\"none\",\"matchAcrossPools\":\"disabled\","
		"\"matchAcrossServices\":\"disabled\",\"matchAcrossVirtuals\":\"disabled\","
		"\"mirror\":\"disabled\",\"overrideConnectionLimit\":\"disabled\",\"rule\":"
		"\"none\","
		"\"timeout\":\"180\"}",
};

static struct mock_kind persistence_universal = {
	.uri = "ltm/persistence/universal",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template =
		"{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		"\"matchAcrossPools\":\"disabled\",\"matchAcrossServices\":\"disabled\","
		"\"matchAcrossVirtuals\":\"disabled\",\"mirror\":\"disabled\","
		"\"overrideConnectionLimit\":\"disabled\",\"rule\":\"none\",\"timeout\":\"180\"}",
};

static struct mock_kind persistence_host = {
	.uri = "ltm/persistence/host",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"matchAcrossPools\":\"disabled\",\"matchAcrossServices\":\"disabled\","
		    "\"matchAcrossVirtuals\":\"disabled\",\"mirror\":\"disabled\","
		    "\"overrideConnectionLimit\":\"disabled\",\"timeout\":\"180\"}",
};

static struct mock_kind persistence_msrdp = {
	.uri = "ltm/persistence/msrdp",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"hasSessionDir\":\"no\",\"matchAcrossPools\":\"disabled\","
		    "\"matchAcrossServices\":\"disabled\",\"matchAcrossVirtuals\":\"disabled\","
		    "\"mirror\":\"disabled\",\"overrideConnectionLimit\":\"disabled\","
		    "\"timeout\":\"300\"}",
};

static struct mock_kind persistence_sip = {
	.uri = "ltm/persistence/sip",
	.family = "persistence",
	.type_name = "persistence profile",
	.flags = K_LOOSE | K_TRAFFIC,
	.template = "{\"appService\":\"none\",\"defaultsFrom\":\"none\",\"description\":\"none\","
		    "\"matchAcrossPools\":\"disabled\",\"matchAcrossServices\":\"disabled\","
		    "\"matchAcrossVirtuals\":\"disabled\",\"mirror\":\"disabled\","
		    "\"overrideConnectionLimit\":\"disabled\",\"sipInfo\":\"Call-ID\","
		    "\"timeout\":\"180\"}",
};

struct mock_kind *const kinds_profile[] = {
	&profile_tcp,
	&profile_udp,
	&profile_http,
	&profile_fastl4,
	&profile_fasthttp,
	&profile_one_connect,
	&profile_client_ssl,
	&profile_server_ssl,
	&profile_http2,
	&profile_http_compression,
	&profile_web_acceleration,
	&profile_websocket,
	&profile_html,
	&profile_analytics,
	&profile_request_adapt,
	&profile_response_adapt,
	&profile_ftp,
	&profile_dns,
	&profile_sip,
	&profile_sctp,
	&profile_ipother,
	&profile_stream,
	&profile_rewrite,
	&profile_tftp,
	&profile_rtsp,
	&profile_xml,
	&profile_diameter,
	NULL,
};

struct mock_kind *const kinds_persistence[] = {
	&persistence_source_addr, &persistence_dest_addr,
	&persistence_cookie,      &persistence_ssl,
	&persistence_hash,        &persistence_universal,
	&persistence_host,        &persistence_msrdp,
	&persistence_sip,         NULL,
};
