import type { ServiceList } from "@throughline/contract";
import { Onboarding } from "../overview/Onboarding.tsx";
import { rangeText } from "../overview/rangeText.ts";
import type { PageProps } from "../page.ts";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { ServiceTable } from "./ServiceTable.tsx";

export function ServicesPage({ data }: PageProps<ServiceList>) {
  const { project, range, services } = data.value;
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <Card title="All services" aside={`${services.length} in this range`} isFlush>
      {services.length === 0 ? (
        <EmptyState title="No service sent anything in this range">
          Choose a longer range above, or look whether your services still send.
        </EmptyState>
      ) : (
        <ServiceTable services={services} rangeText={rangeText(range)} />
      )}
    </Card>
  );
}
