/*===- HtmlPage.c - the page of the HTML report -----------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * analyzer/html/report.html as bytes of the program. The assembler takes the
 * file as it is; as a string literal it would be longer than compilers promise
 * to read.
 *===------------------------------------------------------------------------===*/

__asm__(".section .rodata.retsan_html_page, \"a\", @progbits\n"
        ".globl retsan_html_page_begin\n"
        ".hidden retsan_html_page_begin\n"
        "retsan_html_page_begin:\n"
        ".incbin \"" RETSAN_HTML_PAGE "\"\n"
        ".globl retsan_html_page_end\n"
        ".hidden retsan_html_page_end\n"
        "retsan_html_page_end:\n"
        ".byte 0\n"
        ".previous\n");
