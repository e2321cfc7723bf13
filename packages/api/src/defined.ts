/** Fields that are there or not, but never undefined. */
export type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** The fields of an object that are set. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}
