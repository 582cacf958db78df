import { fill, inside, type Loose, objectOf } from './fill.ts';

const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const SCALE_UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

export function defaultAutoscaler(object: Loose): void {
  const spec = inside(object, 'spec');
  fill(spec, { minReplicas: 1 });
  if (!Array.isArray(spec.metrics) || spec.metrics.length === 0) spec.metrics = [structuredClone(CPU)];
  const behavior = objectOf(spec.behavior);
  // Rules are only filled in where the user wrote a behavior; else the controller knows them.
  if (!behavior) return;
  fill(inside(behavior, 'scaleUp'), SCALE_UP);
  fill(inside(behavior, 'scaleDown'), SCALE_DOWN);
}
