import { describe, expect, it } from 'vitest';
import { launchArguments, launchEnvironment } from '../../src/session/launch.ts';
import type { SessionSetup } from '../../src/session/launch.ts';

const setup: SessionSetup = {
  command: ['claude'],
  cwd: '/w',
  env: { PATH: '/bin', API_TIMEOUT_MS: '5', HARNESS_RUN: 'of-somebody-else' },
  sessionId: 'd2b5b5a0-0000-4000-8000-000000000000',
  permission: { mode: 'dontAsk', tools: ['Bash', 'Bash(git commit:*)', 'Edit'] },
  marker: 'r1.a1',
  folder: '/s',
  startMs: 1,
  graceMs: 1,
};

describe('the command line of the CLI', () => {
  it('has the tools, servers and effort that the user wants, and permits all tools of those servers', () => {
    const args = launchArguments({
      ...setup,
      effort: 'low',
      offered: ['Bash', 'Read'],
      servers: { file: '/s/servers.json', names: ['mcp__serena'] },
      tools: { file: '/s/mcp.json', names: ['mcp__harness__ask'] },
    }).join(' ');
    expect(args).toContain('--allowedTools Bash,Bash(git commit:*),Edit,mcp__harness__ask,mcp__serena ');
    expect(args).toContain(
      '--effort low --tools Bash,Read --mcp-config /s/servers.json --mcp-config /s/mcp.json ',
    );
  });

  it('is, for a new session, exactly this', () => {
    expect(launchArguments(setup)).toMatchInlineSnapshot(`
      [
        "-p",
        "--verbose",
        "--include-partial-messages",
        "--strict-mcp-config",
        "--input-format",
        "stream-json",
        "--output-format",
        "stream-json",
        "--session-id",
        "d2b5b5a0-0000-4000-8000-000000000000",
        "--permission-mode",
        "dontAsk",
        "--allowedTools",
        "Bash,Bash(git commit:*),Edit",
        "--permission-prompts",
        "none",
        "--settings",
        "{"cleanupPeriodDays":365}",
      ]
    `);
  });

  it('names model and system prompt where there are some', () => {
    const args = launchArguments({ ...setup, model: 'opus', systemPromptFile: '/s/p.md' }).join(' ');
    expect(args).toContain('--model opus');
    expect(args).toContain('--append-system-prompt-file /s/p.md');
  });

  it('offers and permits the tools of the harness where there are some', () => {
    const tools = { file: '/s/mcp.json', names: ['mcp__harness__note'] };
    const args = launchArguments({ ...setup, tools }).join(' ');
    expect(args).toContain('--strict-mcp-config');
    expect(args).toContain('--mcp-config /s/mcp.json');
    expect(args).toContain('--allowedTools Bash,Bash(git commit:*),Edit,mcp__harness__note ');
  });

  it('resumes instead of beginning, and goes on with an interrupted turn only when it is told how', () => {
    const args = launchArguments({ ...setup, resume: true });
    expect(args).toContain('--resume');
    expect(args).not.toContain('--session-id');
    expect(launchEnvironment({ ...setup, resume: true, resumePrompt: 'Go on.' })).toMatchObject({
      CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1',
      CLAUDE_CODE_RESUME_PROMPT: 'Go on.',
    });
    const alone = launchEnvironment({ ...setup, resume: true });
    expect(alone).not.toHaveProperty('CLAUDE_CODE_RESUME_INTERRUPTED_TURN');
  });

  it('skips permissions only when that is configured', () => {
    expect(launchArguments(setup)).not.toContain('--dangerously-skip-permissions');
    const bypass = launchArguments({ ...setup, permission: { mode: 'bypass', tools: ['Bash'] } });
    expect(bypass).toContain('--dangerously-skip-permissions');
    expect(bypass).not.toContain('--allowedTools');
  });
});

describe('the environment of the CLI', () => {
  it('adds what the protocol needs, keeps what the user set, and always carries the marker', () => {
    expect(launchEnvironment(setup)).toMatchInlineSnapshot(`
      {
        "API_TIMEOUT_MS": "5",
        "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": "60000",
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
        "CLAUDE_CODE_DISABLE_CRON": "1",
        "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",
        "CLAUDE_CODE_STARTUP_FAILURE_RESULTS": "1",
        "DISABLE_AUTOUPDATER": "1",
        "HARNESS_RUN": "r1.a1",
        "PATH": "/bin",
      }
    `);
  });
});
