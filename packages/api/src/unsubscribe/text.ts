/** What the pages behind an unsubscribe link say, in one language. */
export interface Text {
  readonly title: string;
  /** Before anything is done. `from` is who sent the email; null = that is no longer known. */
  readonly ask: (from: string | null, address: string) => string;
  readonly confirm: string;
  readonly done: string;
  readonly doneMore: (address: string) => string;
  readonly undo: string;
  readonly undone: string;
  readonly undoneMore: (address: string) => string;
  readonly stays: string;
  readonly staysMore: string;
  readonly gone: string;
  readonly goneMore: string;
  readonly wrong: string;
  readonly wrongMore: string;
}

const en: Text = {
  title: "Unsubscribe",
  ask: (from, address) =>
    from === null
      ? `Do you want no more mailings of this sender to ${address}?`
      : `Do you want no more mailings from ${from} to ${address}?`,
  confirm: "Unsubscribe",
  done: "You are unsubscribed",
  doneMore: (address) =>
    `${address} gets no more mailings of this sender. Mail about your own orders, invoices and the like still comes.`,
  undo: "That was a mistake: subscribe me again",
  undone: "You are subscribed again",
  undoneMore: (address) => `${address} gets the mailings of this sender as before.`,
  stays: "You stay unsubscribed",
  staysMore: "You were not unsubscribed by this link. Ask the sender to get mailings again.",
  gone: "This link is not valid",
  goneMore:
    "It may have been cut off on its way: open it from the email again. Else answer the email and ask the sender.",
  wrong: "This did not work",
  wrongMore: "Open the link in the email, and use the button there.",
};

const de: Text = {
  title: "Abmelden",
  ask: (from, address) =>
    from === null
      ? `Möchten Sie keine Rundschreiben dieses Absenders mehr an ${address}?`
      : `Möchten Sie keine Rundschreiben von ${from} mehr an ${address}?`,
  confirm: "Abmelden",
  done: "Sie sind abgemeldet",
  doneMore: (address) =>
    `${address} erhält keine Rundschreiben dieses Absenders mehr. Nachrichten zu Ihren eigenen Bestellungen, Rechnungen und Ähnlichem kommen weiterhin.`,
  undo: "Das war ein Versehen: wieder anmelden",
  undone: "Sie sind wieder angemeldet",
  undoneMore: (address) => `${address} erhält die Rundschreiben dieses Absenders wie bisher.`,
  stays: "Sie bleiben abgemeldet",
  staysMore: "Sie wurden nicht über diesen Link abgemeldet. Bitten Sie den Absender, Sie wieder anzumelden.",
  gone: "Dieser Link ist nicht gültig",
  goneMore:
    "Vielleicht wurde er unterwegs gekürzt: Öffnen Sie ihn noch einmal aus der E-Mail. Sonst antworten Sie auf die E-Mail und fragen Sie den Absender.",
  wrong: "Das hat nicht geklappt",
  wrongMore: "Öffnen Sie den Link in der E-Mail und benutzen Sie die Schaltfläche dort.",
};

const fr: Text = {
  title: "Se désabonner",
  ask: (from, address) =>
    from === null
      ? `Ne souhaitez-vous plus recevoir les envois de cet expéditeur à l’adresse ${address} ?`
      : `Ne souhaitez-vous plus recevoir les envois de ${from} à l’adresse ${address} ?`,
  confirm: "Se désabonner",
  done: "Vous êtes désabonné",
  doneMore: (address) =>
    `${address} ne recevra plus les envois de cet expéditeur. Les messages concernant vos propres commandes, factures, etc. continuent d’arriver.`,
  undo: "C’était une erreur : me réabonner",
  undone: "Vous êtes de nouveau abonné",
  undoneMore: (address) => `${address} reçoit les envois de cet expéditeur comme avant.`,
  stays: "Vous restez désabonné",
  staysMore: "Vous n’avez pas été désabonné par ce lien. Demandez à l’expéditeur de vous réabonner.",
  gone: "Ce lien n’est pas valide",
  goneMore:
    "Il a peut-être été coupé en chemin : ouvrez-le de nouveau depuis l’e-mail. Sinon, répondez à l’e-mail et demandez à l’expéditeur.",
  wrong: "Cela n’a pas fonctionné",
  wrongMore: "Ouvrez le lien dans l’e-mail et utilisez le bouton qui s’y trouve.",
};

const es: Text = {
  title: "Darse de baja",
  ask: (from, address) =>
    from === null
      ? `¿No quiere recibir más envíos de este remitente en ${address}?`
      : `¿No quiere recibir más envíos de ${from} en ${address}?`,
  confirm: "Darse de baja",
  done: "Se ha dado de baja",
  doneMore: (address) =>
    `${address} no recibirá más envíos de este remitente. Los mensajes sobre sus propios pedidos, facturas y similares seguirán llegando.`,
  undo: "Ha sido un error: volver a darme de alta",
  undone: "Vuelve a estar de alta",
  undoneMore: (address) => `${address} recibe los envíos de este remitente como antes.`,
  stays: "Sigue de baja",
  staysMore: "No se dio de baja con este enlace. Pida al remitente que vuelva a darle de alta.",
  gone: "Este enlace no es válido",
  goneMore:
    "Quizá se cortó por el camino: ábralo de nuevo desde el correo. Si no, responda al correo y pregunte al remitente.",
  wrong: "No ha funcionado",
  wrongMore: "Abra el enlace del correo y use el botón que hay allí.",
};

/** By primary language tag. */
export const texts = { en, de, fr, es } as const;
/** The languages the pages are in. */
export type Language = keyof typeof texts;

/** The language a request wants most among those there are (RFC 9110 §12.5.4); English where it wants none of them. */
export function languageOf(header: string | undefined): Language {
  const wanted = (header ?? "")
    .slice(0, 1_000)
    .split(",")
    .map((range) => {
      const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
      const q = parameters.find((each) => each.startsWith("q="))?.slice(2);
      return { language: tag.split("-")[0] ?? "", q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q)
    .map(({ language }) => language);
  return wanted.find(isKnown) ?? "en";
}

const isKnown = (language: string): language is Language => Object.hasOwn(texts, language);
