/** How a pipeline tells of its deployments: one request. */
import { useApp } from "../data/appState.ts";
import { toKeys } from "../paths.ts";
import { Code } from "../ui/Code.tsx";
import "./deployments.css";

export function TellDeployments({ projectId }: { readonly projectId: string }) {
  const { view, installation } = useApp();
  const address = `${installation.pagesUrl}/api/deployments`;
  return (
    <>
      <p class="tell-lead">
        Say what was deployed, and charts mark the moment and “What changed” can name it. Make an{" "}
        <a href={toKeys(view.value.search)}>API key</a> with the scope “Record deployments that happened” and
        send one request from your pipeline. The same <code>id</code> again updates the deployment.
      </p>
      <div class="tell-steps">
        <div>
          <h3>curl</h3>
          <Code label="A deployment with curl" text={curlText(address, projectId)} />
        </div>
        <div>
          <h3>GitHub Actions, as the last step</h3>
          <Code label="A step of GitHub Actions" text={actionText(address, projectId)} />
        </div>
      </div>
    </>
  );
}

function curlText(address: string, projectId: string): string {
  return `curl ${address} \\
  -H "authorization: Bearer $THROUGHLINE_KEY" -H 'content-type: application/json' \\
  -d '{"project":"${projectId}","service":"shop-api","release":"1.4.0",
       "environment":"production","status":"succeeded"}'`;
}

function actionText(address: string, projectId: string): string {
  return `- name: Tell Throughline
  if: always()
  env:
    KEY: \${{ secrets.THROUGHLINE_KEY }}
    AUTHOR: \${{ github.actor }}
    STATUS: \${{ job.status == 'success' && 'succeeded' || job.status == 'failure' && 'failed' || 'cancelled' }}
  run: |
    jq -n '{project: "${projectId}", service: "shop-api", environment: "production", source: "github-actions",
      id: "\\(env.GITHUB_RUN_ID)-\\(env.GITHUB_RUN_ATTEMPT)", status: env.STATUS, release: env.GITHUB_SHA[:12],
      gitSha: env.GITHUB_SHA, branch: env.GITHUB_REF_NAME, author: env.AUTHOR,
      url: "\\(env.GITHUB_SERVER_URL)/\\(env.GITHUB_REPOSITORY)/actions/runs/\\(env.GITHUB_RUN_ID)"}' |
    curl --fail ${address} -H "authorization: Bearer $KEY" \\
      -H 'content-type: application/json' -d @-`;
}
