/**
 * The provider port: what has to exist at SES before a database can send over the platform. Each call is
 * idempotent: what exists already is left as it is.
 */
export interface Provider {
  /** Makes the tenant (name ≤ 64, `[A-Za-z0-9_-]`), suppression scope its own and empty. */
  createTenant(tenant: string): Promise<void>;
  /** Makes the configuration set with the event destination of the installation. */
  createConfigurationSet(name: string): Promise<void>;
  /** Associates the identity (a domain) and the configuration set with the tenant. */
  associate(tenant: string, resources: { identity: string; configuration_set: string }): Promise<void>;
}
