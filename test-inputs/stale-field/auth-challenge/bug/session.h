// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SESSION_H
#define SESSION_H
enum auth_state { AUTH_NONE, AUTH_WAIT, AUTH_OK, AUTH_DENIED };
struct auth_session {
  enum auth_state state;
  char *user;
  char *challenge;
  unsigned attempts;
  unsigned long commands;
};
struct auth_session *session_new(const char *user);
int session_challenge(struct auth_session *s, unsigned nonce);
int session_answer(struct auth_session *s, const char *answer, const char *secret);
int session_command(struct auth_session *s, const char *cmd);
const char *session_prompt(const struct auth_session *s);
void session_free(struct auth_session *s);
#endif
