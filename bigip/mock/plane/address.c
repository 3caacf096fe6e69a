#include "bigip/mock/plane/address.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_for(const struct ip_addr *a, bool transparent)
{
	int fd = socket(a->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, r = 0;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (transparent)
		r = a->family == 6 ? setsockopt(fd, SOL_IPV6, IPV6_TRANSPARENT, &on, sizeof(on))
				   : setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof(on));
	if (r < 0) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

int address_try(const struct ip_addr *a, uint16_t port, bool transparent)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = open_for(a, transparent), r, e;

	if (fd < 0)
		return errno;
	memcpy(&six.sin6_addr, a->bytes, 16);
	memcpy(&four.sin_addr, a->bytes, 4);
	r = a->family == 6 ? bind(fd, (struct sockaddr *)&six, sizeof(six))
			   : bind(fd, (struct sockaddr *)&four, sizeof(four));
	e = errno;
	close(fd);
	return r < 0 ? e : 0;
}

bool address_may_transparent(void)
{
	struct ip_addr any = {.family = 4};
	int fd = open_for(&any, true);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct request {
	struct nlmsghdr nl;
	struct ifaddrmsg ifa;
	struct rtattr attr;
	uint8_t addr[16];
};

/* one request and its acknowledgement; the kernel answers before send() returns. 0 or an errno */
static int exchange(struct request *r)
{
	struct {
		struct nlmsghdr nl;
		struct nlmsgerr err;
		char rest[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), e;
	ssize_t n;

	if (fd < 0)
		return errno;
	n = send(fd, r, r->nl.nlmsg_len, 0);
	if (n >= 0)
		n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	e = errno;
	close(fd);
	if (n < 0)
		return e;
	if ((size_t)n < sizeof(answer.nl) + sizeof(int) || answer.nl.nlmsg_type != NLMSG_ERROR)
		return EPROTO;
	return -answer.err.error;
}

int address_change(const char *dev, const struct ip_addr *a, bool add, bool *ret_changed,
		   struct error *err)
{
	unsigned index = if_nametoindex(dev), len = ip_bits(a) / 8;
	char buf[IP_TEXT_MAX];
	struct request r = {
		.nl = {.nlmsg_len = (uint32_t)(offsetof(struct request, addr) + len),
		       .nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR,
		       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK |
						 (add ? NLM_F_CREATE | NLM_F_EXCL : 0))},
		.ifa = {.ifa_family = a->family == 6 ? AF_INET6 : AF_INET,
			.ifa_prefixlen = (uint8_t)ip_bits(a),
			.ifa_flags = a->family == 6 ? IFA_F_NODAD : 0,
			.ifa_index = index},
		.attr = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = IFA_LOCAL},
	};
	int e;

	if (!index)
		return err_errno(err, "interface '%s'", dev);
	memcpy(r.addr, a->bytes, len);
	e = exchange(&r);
	*ret_changed = e == 0;
	if (e == 0 || e == (add ? EEXIST : EADDRNOTAVAIL))
		return 0;
	errno = e;
	return err_errno(err, "cannot %s address '%s' %s '%s'", add ? "add" : "remove",
			 ip_format(a, buf), add ? "to" : "from", dev);
}
