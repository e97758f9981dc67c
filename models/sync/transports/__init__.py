"""Ways of reaching the other side. The only client sockets of the project are here."""
