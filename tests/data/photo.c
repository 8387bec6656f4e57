/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * photo: a JPEG as a telephone makes it, for stories: noise, so that it does not get small, with an
 * Exif block that says which way is up, when and where it was taken, and a trailer behind the end.
 *
 *   photo WIDTH HEIGHT SEED OUT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"

/* Big-endian TIFF: orientation 6, DateTimeOriginal, GPS 35°28'N 103°12'E. */
static const unsigned char exif[] = "\xFF\xE1\x00\xA2"
                                    "Exif\0\0MM\0*\0\0\0\x08"
                                    "\0\x03"
                                    "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
                                    "\x87\x69\0\x04\0\0\0\x01\0\0\0\x32"
                                    "\x88\x25\0\x04\0\0\0\x01\0\0\0\x58"
                                    "\0\0\0\0"
                                    "\0\x01"
                                    "\x90\x03\0\x02\0\0\0\x14\0\0\0\x44"
                                    "\0\0\0\0"
                                    "2026:11:30 09:15:00\0"
                                    "\0\x02"
                                    "\0\x01\0\x02\0\0\0\x02N\0\0\0"
                                    "\0\x02\0\x05\0\0\0\x03\0\0\0\x76"
                                    "\0\0\0\0"
                                    "\0\0\0\x23\0\0\0\x01\0\0\0\x1C\0\0\0\x01\0\0\0\x0C\0\0\0\x01"
                                    "HUCEGPSMARK!";

int main(int argc, char **argv)
{
    unsigned char *jpeg = NULL;
    unsigned long n = 0;
    if (argc != 5) {
        fprintf(stderr, "photo WIDTH HEIGHT SEED OUT\n");
        return 2;
    }
    const int width = atoi(argv[1]), height = atoi(argv[2]);
    unsigned long long state = strtoull(argv[3], NULL, 10) * 2 + 1;
    CHECK(width > 0 && height > 0);
    unsigned char *rgb = mem_alloc((size_t)width * (size_t)height * 3);
    for (size_t i = 0; i < (size_t)width * (size_t)height * 3; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        rgb[i] = (unsigned char)(state >> 56);
    }
    tjhandle tj = tjInitCompress();
    CHECK(tj &&
          tjCompress2(tj, rgb, width, 0, height, TJPF_RGB, &jpeg, &n, TJSAMP_444, 90, 0) == 0);
    tjDestroy(tj);
    FILE *out = fopen(argv[4], "wb");
    CHECK(out != NULL);
    const size_t exif_n = 2 + 0xA2;
    CHECK(sizeof exif >= exif_n);
    CHECK(fwrite(jpeg, 1, 2, out) == 2 && fwrite(exif, 1, exif_n, out) == exif_n &&
          fwrite(jpeg + 2, 1, n - 2, out) == n - 2 && fwrite("trailer\n", 1, 8, out) == 8);
    CHECK(fclose(out) == 0);
    tjFree(jpeg);
    mem_free(rgb);
    return 0;
}
