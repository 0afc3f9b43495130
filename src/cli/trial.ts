/**
 * The command `engram` as a trial of a comparison: it saves and ends when whoever began it is gone, so that nothing trains
 * on that nobody waits for.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel alone keeps nothing alive.
process.channel?.unref();
await import('./main.ts');
