/** Whether agents are started with the stand-in, which calls no model. */
export const isStandIn = (command: readonly string[]): boolean =>
  command.some((word) => /stand-in\.(js|ts)$/.test(word));

/** The name of the program that agents are started with; the stand-in is called what it is. */
export const commandName = (command: readonly string[]): string =>
  isStandIn(command) ? 'stand-in agent, no model is called' : (command[0] ?? '');
