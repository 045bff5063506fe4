/** Colours of services, the same for one trace wherever a service is shown: `svc-0` … `svc-7` of trace.css. */
const TONES = 8;

export function serviceTones(services: readonly { readonly service: string }[]): (service: string) => string {
  const order = new Map(services.map(({ service }, index) => [service, index % TONES]));
  return (service) => `svc-${order.get(service) ?? 0}`;
}
