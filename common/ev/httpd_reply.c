/* httpd: answers, whole and streamed */
#include "common/base/mem.h"
#include "common/ev/httpd_int.h"

enum { MAX_STREAM_BACKLOG = 64 << 20 };

static void add_header(struct MHD_Response *response, const char *line)
{
	const char *colon = strchr(line, ':');
	autofree char *name = mem_strndup(line, colon ? (size_t)(colon - line) : strlen(line));

	if (!colon)
		return;
	colon++;
	MHD_add_response_header(response, name, colon + strspn(colon, " "));
}

/* the user's part is over (or, for a stream, its head is there) */
static void give(struct httpd_request *r, enum request_state state, int status,
		 const char *content_type, struct MHD_Response *response)
{
	if (!response)
		abort(); /* only without memory, see mem.h */
	if (!str_empty(content_type))
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	r->response = response;
	r->status = status;
	r->state = state;
	httpd_wake(r);
}

static bool owed(const struct httpd_request *r)
{
	return r->state == REQ_ASKED;
}

void httpd_reply(struct httpd_request *r, int status, const char *content_type,
		 const char *const *headers, const char *body, size_t len)
{
	struct MHD_Response *response;

	if (!owed(r))
		return; /* the client is gone; on_gone is on its way */
	response = MHD_create_response_from_buffer(len, (void *)(uintptr_t)(len ? body : ""),
						   MHD_RESPMEM_MUST_COPY);
	for (; response && headers && *headers; headers++)
		add_header(response, *headers);
	give(r, REQ_ANSWERED, status, content_type, response);
}

void httpd_drop(struct httpd_request *r)
{
	if (!owed(r))
		return;
	r->state = REQ_DROPPED;
	httpd_wake(r);
}

/* MHD asks for the next piece of the body */
static ssize_t read_out(void *ctx, uint64_t pos, char *buf, size_t max)
{
	struct httpd_request *r = ctx;
	size_t n = r->out.len - r->out_pos;

	if (r->state == REQ_DROPPED)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n > 0) {
		n = n < max ? n : max;
		memcpy(buf, r->out.data + r->out_pos, n);
		r->out_pos += n;
		if (r->out_pos == r->out.len) {
			str_clear(&r->out);
			r->out_pos = 0;
		}
		return (ssize_t)n;
	}
	if (r->cut)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (r->state == REQ_ANSWERED)
		return MHD_CONTENT_READER_END_OF_STREAM;
	httpd_suspend(r);
	return 0;
}

static struct MHD_Response *reader_response(struct httpd_request *r, uint64_t len)
{
	enum { BLOCK_BYTES = 16384 };

	return MHD_create_response_from_callback(len, BLOCK_BYTES, read_out, r, NULL);
}

void httpd_reply_cut(struct httpd_request *r, int status, const char *content_type,
		     const char *body, size_t len, size_t sent)
{
	if (!owed(r))
		return;
	str_add_mem(&r->out, body, sent < len ? sent : len);
	r->cut = true;
	give(r, REQ_ANSWERED, status, content_type, reader_response(r, len));
}

void httpd_stream_begin(struct httpd_request *r, int status, const char *content_type)
{
	if (!owed(r))
		return;
	r->out.max = MAX_STREAM_BACKLOG;
	give(r, REQ_STREAM, status, content_type, reader_response(r, MHD_SIZE_UNKNOWN));
}

void httpd_stream_write(struct httpd_request *r, const char *data, size_t len)
{
	if (r->state != REQ_STREAM)
		return;
	if (r->out_pos > r->out.len / 2 &&
	    r->out_pos > 65536) { /* do not grow with what was sent */
		memmove(r->out.data, r->out.data + r->out_pos, r->out.len - r->out_pos);
		r->out.len -= r->out_pos;
		r->out_pos = 0;
	}
	str_add_mem(&r->out, data, len);
	if (r->out.bad) /* the client does not read */
		httpd_cut(r);
	else
		httpd_wake(r);
}

void httpd_stream_end(struct httpd_request *r, bool cut)
{
	if (r->state != REQ_STREAM)
		return;
	r->cut = cut;
	r->state = REQ_ANSWERED;
	httpd_wake(r);
}
