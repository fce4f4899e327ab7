struct scram {
  char *nonce, *bare;
};
struct client {
  int fd;
  struct scram scram;
};
char *scram_first(struct scram *s, const char *user);
void scram_free(struct scram *s);
int login(struct client *c, const char *user);
int login_again(struct client *c);
void client_free(struct client *c);
struct client *client_new(int fd);
