/** When the day ends (R-LIM-2), checked. @throws Error that names the variable it is set by. */
export function resetTime(given: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(given))
    throw new Error(`POSTHOUSE_RESET_UTC is "${given}": give a time of day in UTC as HH:MM, e.g. 23:00.`);
  return given;
}
