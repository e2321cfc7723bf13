/** The operator's own key: `npx sst secret set OperatorKey "$(openssl rand -hex 32)" --stage production`. */
export const operatorKey = new sst.Secret("OperatorKey");

/** A plain SMTP relay as the platform in place of SES, `smtps://user:password@host:port`; `none` = SES. */
export const platformSmtpUrl = new sst.Secret("PlatformSmtpUrl", "none");
