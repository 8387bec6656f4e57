#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""man.py PROGRAM LANGUAGE VERSION DATE: a manual page from the README's table of commands, so that there is one text.

PROGRAM huce or huced, LANGUAGE en or zh_CN. huced.conf: the settings, from `huced config example` on standard input.
"""
import re, sys

program, language, version, date = sys.argv[1:]
readme = open('README.md' if language == 'en' else 'README.zh-CN.md', encoding='utf-8').read()
EN = language == 'en'
WORDS = {
    'en': dict(name='NAME', synopsis='SYNOPSIS', description='DESCRIPTION', commands='COMMANDS', exit='EXIT STATUS', files='FILES', see='SEE ALSO', settings='SETTINGS'),
    'zh_CN': dict(name='名称', synopsis='用法', description='说明', commands='命令', exit='退出码', files='文件', see='参见', settings='设置')}[language]
TEXT = {
    ('huce', 'en'): ('records of a village, with and without a network', 'A laptop in the village holds a full copy of its records, is worked on for days without a network, and exchanges signed changes with the county when a link appears. \\fBhuce serve\\fP gives the web page on this machine; the other commands do the same from a terminal.'),
    ('huce', 'zh_CN'): ('村里的记录，没有网络也能用', '村里的电脑存有全部记录，可以几天不联网工作，有网络时和县里交换签过名的改动。\\fBhuce serve\\fP 是本机的网页，别的命令在终端里做同样的事。'),
    ('huced', 'en'): ('county server of Huce', 'Admits, orders and serves the signed changes of a county\'s desks. A county is founded once, by the user huced:\n.PP\n.EX\nrunuser -u huced -- huced init --county 622924 --name NAME --url https://county.example:8443\nrunuser -u huced -- huced config check /etc/huced/huced.conf\nsystemctl start huced\nrunuser -u huced -- huced doctor --config /etc/huced/huced.conf\n.EE\n.PP\nRun every command as that user: files that belong to root stop the service. Take root.key and recovery.key away to a stick in a safe. For nightly verified backups set [backup] folder and run systemctl enable --now huced-backup.timer.'),
    ('huced', 'zh_CN'): ('户策的县级服务器', '接收、排序并提供全县各台电脑签过名的改动。建县一次，由用户 huced 来做：\n.PP\n.EX\nrunuser -u huced -- huced init --county 622924 --name 名称 --url https://county.example:8443\nsystemctl start huced\n.EE\n.PP\n所有命令都用这个用户运行。root.key 和 recovery.key 放到保险柜里的 U 盘上。每晚备份：设置 [backup] folder，再 systemctl enable --now huced-backup.timer。'),
}


def roff(text):
    """Markdown of one cell as roff, on one line."""
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', text).replace('\\|', '|')
    text = text.replace('\\', '\\e').replace('-', '\\-')
    text = re.sub(r'\*\*([^*]*)\*\*', r'\\fB\1\\fP', text)
    text = re.sub(r'`([^`]*)`', r'\\fB\1\\fP', text)
    return ('\\&' if text[:1] in ".'" else '') + text


section = '8' if program == 'huced' else '1'
out = []
if program == 'huced.conf':
    out += [f'.TH HUCED.CONF 5 "{date}" "Huce {version}" "File formats"', '.SH NAME', 'huced.conf \\- settings of the Huce county server', '.SH DESCRIPTION',
            'Lines "name = value" in sections. \\fBhuced config check\\fP names every mistake with its line, \\fBhuced config show\\fP what is in force. What follows is \\fBhuced config example\\fP: settings that begin with # have the value shown.',
            '.SH SETTINGS', '.EX']
    out += [('\\&' if line[:1] in ".'" else '') + line.replace('\\', '\\e').replace('-', '\\-') for line in sys.stdin.read().splitlines()]
    out += ['.EE', '.SH SEE ALSO', '.BR huced (8)']
else:
    short, long = TEXT[program, language]
    manual = 'User commands' if section == '1' else 'System administration'
    out += [f'.TH {program.upper()} {section} "{date}" "Huce {version}" "{manual}"', f'.SH {WORDS["name"]}', f'{program} \\- {short}', f'.SH {WORDS["synopsis"]}',
            f'.B {program}', '\\fIcommand\\fP [\\fIoptions\\fP] [\\fB\\-\\-data\\fP \\fIfolder\\fP] [\\fB\\-\\-json\\fP]', f'.SH {WORDS["description"]}']
    out += [line if line.startswith('.') else line.replace('--', '\\-\\-') for line in long.split('\n')]
    out += [f'.SH {WORDS["commands"]}', f'\\fB{program} help\\fP lists every option.' if EN else f'\\fB{program} help\\fP 列出全部选项。']
    for what, text in re.findall(r'^\| (`[^|]*?(?:\\\|[^|]*?)*) \| (.*) \|$', readme, re.M):
        if any(re.match(rf'{program}( |$)', name) for name in re.findall(r'`([^`]*)`', what)):
            out += ['.TP', roff(what), roff(text.strip())]
    codes = re.search(r'^\*\*(?:Exit codes|退出码)\*\*[:：] *(.*)$', readme, re.M)
    if codes:
        out += [f'.SH {WORDS["exit"]}', roff(codes[1])]
    files = ([('/var/lib/huced', 'the county and its keys'), ('/etc/huced/huced.conf', 'settings: \\fBhuced.conf\\fP(5)'), ('/usr/share/doc/huced', 'OPERATIONS.md and the Grafana dashboard')] if section == '8'
             else [('~/.local/share/huce', 'the data folder, without \\-\\-data and $HUCE_DATA')])
    out += [f'.SH {WORDS["files"]}']
    for name, text in files:
        out += ['.TP', f'.I {name}'.replace('-', '\\-'), text]
    out += [f'.SH {WORDS["see"]}', '.BR huced.conf (5),\n.BR huce (1)' if section == '8' else '.BR huced (8)']
print('\n'.join(out))
