/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The entry of a program of the generator. */
int run_000000(int depth);
int main_000000(void) { return run_000000(9); }
int main(void) { return main_000000(); }
