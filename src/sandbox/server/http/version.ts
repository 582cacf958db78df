import { recordedVersion } from '../../apply/schema.ts';
import { timestamp } from '../core.ts';

/** `GET /version`, of the server whose answers were recorded. */
export function version(now: number): object {
  const [major = '1', minor = '0'] = recordedVersion.replace(/^v/, '').split('.');
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: `v${major}.${minor}.0`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: timestamp(now),
    goVersion: 'go1.25.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}
