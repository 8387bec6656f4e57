/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lan: `huce serve --lan`: what this desk answers to the other desks of the office (core/lan.h), on
 * a port of its own that other machines may reach. Nothing of the local API is there: one address,
 * sealed messages of devices of this county alone.
 */
#ifndef AGENT_API_LAN_H
#define AGENT_API_LAN_H

#include "agent/core/lan.h"
#include "shared/net/http_server.h"

struct lan_server;

/* host: numeric. For whatever desk the service has open by then. */
struct api;
MUST_USE enum status lan_server_start(struct api *api, const char *host, uint16_t port,
                                      struct lan_server **out, struct error *err);
uint16_t lan_server_port(const struct lan_server *lan);
void lan_server_stop(struct lan_server *lan); /* NULL allowed */

#endif
