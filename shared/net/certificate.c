/* SPDX-License-Identifier: MulanPSL-2.0 */
/* certificate: see certificate.h. */
#include "shared/net/certificate.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

static int read_key(gnutls_x509_crt_t crt, gnutls_pubkey_t key, struct slice pem,
                    gnutls_datum_t *spki)
{
    const gnutls_datum_t text = {.data = (unsigned char *)pem.p, .size = (unsigned)pem.n};
    int rc = gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM);
    if (rc == 0)
        rc = gnutls_pubkey_import_x509(key, crt, 0);
    if (rc == 0)
        rc = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, spki);
    return rc;
}

enum status certificate_pin(struct slice pem, struct hash *out, struct error *err)
{
    gnutls_x509_crt_t crt = NULL;
    gnutls_pubkey_t key = NULL;
    gnutls_datum_t spki = {0};
    int rc = gnutls_x509_crt_init(&crt);
    if (rc == 0)
        rc = gnutls_pubkey_init(&key);
    if (rc == 0)
        rc = read_key(crt, key, pem, &spki);
    if (rc == 0)
        hash_bytes(slice_of(spki.data, spki.size), out);
    gnutls_free(spki.data);
    if (key)
        gnutls_pubkey_deinit(key);
    if (crt)
        gnutls_x509_crt_deinit(crt);
    return rc == 0 ? ST_OK
                   : error_set(err, ST_INVALID, "TLS 证书读不出来：%s", gnutls_strerror(rc));
}

enum status certificate_expiry(struct slice pem, int64_t *out_ms, struct error *err)
{
    const gnutls_datum_t text = {.data = (unsigned char *)pem.p, .size = (unsigned)pem.n};
    gnutls_x509_crt_t crt = NULL;
    int rc = gnutls_x509_crt_init(&crt);
    if (rc == 0)
        rc = gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM);
    if (rc == 0)
        *out_ms = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
    if (crt)
        gnutls_x509_crt_deinit(crt);
    return rc == 0 ? ST_OK
                   : error_set(err, ST_INVALID, "TLS 证书读不出来：%s", gnutls_strerror(rc));
}
