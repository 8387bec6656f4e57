/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sticks: which mounts may be sticks, by the kernel's list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/sticks.h"

static void only_what_can_be_carried_away(void **state)
{
    (void)state;
    static const char mounts[] =
        "22 27 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
        "27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
        "60 27 8:2 / /boot/efi rw shared:30 - vfat /dev/sda2 rw\n"
        "70 27 8:17 / /media/ma/KINGSTON rw,nosuid shared:31 master:2 - vfat /dev/sdb1 rw\n"
        "71 27 8:33 / /media/ma/\\344\\270\\211\\040\\347\\224\\262 rw - exfat /dev/sdc1 rw\n"
        "72 27 8:49 / /run/media/ma/backup rw - ext4 /dev/sdd1 rw\n"
        "73 27 8:65 / /data/usb rw - ntfs3 /dev/sde1 rw\n"
        "74 27 8:81 / /mnt rw - ext4 /dev/sdf1 rw\n"
        "75 27 8:97 / /media/ma/KINGSTON rw - vfat /dev/sdb1 rw\n"
        "76 27 0:40 / /mediathek rw - ext4 /dev/sdg1 rw\n"
        "77 27 0:41 / /media rw\n"
        "nonsense\n"
        "\n"
        "78 27 0:42 / /media/last rw - vfat /dev/sdh1 rw";
    static const char *const want[] = {
        "/media/ma/KINGSTON", "/media/ma/三 甲", "/run/media/ma/backup", "/data/usb", "/mnt",
        "/media/last"};
    struct stick_places places = {0};
    sticks_read(slice_str(mounts), &places);
    assert_int_equal(places.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(places.places[i].path, want[i]);
    assert_string_equal(places.places[1].name, "三 甲");
    sticks_release(&places);
}

static void not_more_than_there_is_room_for(void **state)
{
    (void)state;
    struct stick_places places = {0};
    struct buf mounts;
    buf_init(&mounts, 65536);
    for (int i = 0; i < 100; i++)
        buf_printf(&mounts, "1 2 8:1 / /media/%d rw - vfat x rw\n", i);
    sticks_read(buf_slice(&mounts), &places);
    assert_int_equal(places.count, STICKS_MAX);
    sticks_release(&places);
    buf_release(&mounts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_can_be_carried_away),
        cmocka_unit_test(not_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
