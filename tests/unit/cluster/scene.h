/*
 * scene - a cluster in a few words, and the BIG-IP as a few lines of text
 *
 * Kubernetes objects go in as words ("80:30001"), what is on the BIG-IP comes out as one line per
 * virtual with its pool's members, so that a test reads like a script: change, expected world.
 */
#ifndef TESTS_UNIT_CLUSTER_SCENE_H
#define TESTS_UNIT_CLUSTER_SCENE_H

#include "lane.h"

/** scene_start - the controller with more flags, its next verify pass ten minutes away: what is
 * seen comes from events alone */
void scene_start(struct lane *l, const char *const *flags);

/* @path is "namespace/name" */

/** scene_node - @words: "int:IP", "ext:IP", "host:NAME", "label:KEY=VALUE", "notready",
 * "cordoned", "tainted" */
void scene_node(struct lane *l, const char *name, const char *words);
void scene_delete_node(struct lane *l, const char *name);
void scene_namespace(struct lane *l, const char *name, const char *label); /* "key=value" or "" */
/** scene_service - @ports: words "[name=]port[:nodePort][/udp]" */
void scene_service(struct lane *l, const char *path, const char *type, const char *ports);
/** scene_endpoints - one slice of the Service; @ports: words "[name=]port", @addresses: "!" before
 * one that is not ready */
void scene_endpoints(struct lane *l, const char *path, const char *node, const char *ports,
		     const char *addresses);
/** scene_configmap - schema 0.1.7 and a document for Service port @backend ("foo:80") with that
 * @frontend; partition K8S unless it names one. JSON with ' for ". */
void scene_configmap(struct lane *l, const char *path, const char *backend, const char *frontend);
/** scene_document - any texts: @schema or @data may be NULL, @ip is the annotation or NULL; other
 * annotations stay */
void scene_document(struct lane *l, const char *path, const char *schema, const char *data,
		    const char *ip);
void scene_delete(struct lane *l, const char *collection, const char *path);

/**
 * scene_text - all that is on the BIG-IP outside /Common, one line each, sorted; given
 *
 *   default_foo 10.1.1.1:80 http+tcp automap: 10.2.0.1:8080 10.2.0.2:8080-
 *   pool cfgmap_default_bar_bar: 10.2.0.1:8080
 *   iapp default_baz: 10.2.0.1:8080
 *   http monitor cfgmap_default_foo_foo_0_http
 *
 * Pools are shown at their virtual, and alone when they have none; "-" is a member that is
 * disabled, %0 is left out, "P/" stands before names of other partitions than K8S, the balance
 * behind a pool's users unless it is round-robin.
 */
char *scene_text(struct lane *l);

/** scene_expect - run until the BIG-IP looks like @want and every app is settled; fails with both
 * texts and the name of the step */
void scene_expect(struct lane *l, const char *step, const char *want);

/** scene_event - the message of the newest Event with that reason about that ConfigMap, or NULL;
 * borrowed */
const char *scene_event(struct lane *l, const char *path, const char *reason);

#endif
