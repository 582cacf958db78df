/**
 * The fields of the messages that kubectl's typed commands send as protobuf, from the generated.proto files of k8s.io/api:
 * `number name:type`. A type is a scalar, another message of this table, `[type]` (repeated) or `{type}` (map from strings);
 * `?` marks what is a pointer in Go, so that its zero value says something. A status is not read: no command writes one.
 */
const TEXT: Readonly<Record<string, string>> = {
  Time: '1 seconds:int 2 nanos:int',
  ObjectMeta:
    '1 name:string 2 generateName:string 3 namespace:string 4 selfLink:string 5 uid:string 6 resourceVersion:string 7 generation:int 8 creationTimestamp:Time 9 deletionTimestamp:Time 10 deletionGracePeriodSeconds:int? 11 labels:{string} 12 annotations:{string} 13 ownerReferences:[OwnerReference] 14 finalizers:[string]',
  OwnerReference:
    '1 kind:string 3 name:string 4 uid:string 5 apiVersion:string 6 controller:bool? 7 blockOwnerDeletion:bool?',
  LabelSelector: '1 matchLabels:{string} 2 matchExpressions:[LabelSelectorRequirement]',
  LabelSelectorRequirement: '1 key:string 2 operator:string 3 values:[string]',
  DeleteOptions:
    '1 gracePeriodSeconds:int? 2 preconditions:Preconditions 3 orphanDependents:bool? 4 propagationPolicy:string? 5 dryRun:[string]',
  Preconditions: '1 uid:string? 2 resourceVersion:string?',
  ObjectReference:
    '1 kind:string 2 namespace:string 3 name:string 4 uid:string 5 apiVersion:string 6 resourceVersion:string 7 fieldPath:string',
  LocalObjectReference: '1 name:string',
  Namespace: '1 metadata:ObjectMeta 2 spec:NamespaceSpec 3 status:Unread',
  NamespaceSpec: '1 finalizers:[string]',
  ConfigMap: '1 metadata:ObjectMeta 2 data:{string} 3 binaryData:{bytes} 4 immutable:bool?',
  Secret: '1 metadata:ObjectMeta 2 data:{bytes} 3 type:string 4 stringData:{string} 5 immutable:bool?',
  ServiceAccount:
    '1 metadata:ObjectMeta 2 secrets:[ObjectReference] 3 imagePullSecrets:[LocalObjectReference] 4 automountServiceAccountToken:bool?',
  ResourceQuota: '1 metadata:ObjectMeta 2 spec:ResourceQuotaSpec 3 status:Unread',
  ResourceQuotaSpec: '1 hard:{Quantity} 2 scopes:[string]',
  Service: '1 metadata:ObjectMeta 2 spec:ServiceSpec 3 status:Unread',
  ServiceSpec:
    '1 ports:[ServicePort] 2 selector:{string} 3 clusterIP:string 4 type:string 5 externalIPs:[string] 7 sessionAffinity:string 8 loadBalancerIP:string 10 externalName:string 11 externalTrafficPolicy:string 12 healthCheckNodePort:int 13 publishNotReadyAddresses:bool',
  ServicePort:
    '1 name:string 2 protocol:string 3 port:int 4 targetPort:IntOrString 5 nodePort:int 6 appProtocol:string?',
  Deployment: '1 metadata:ObjectMeta 2 spec:DeploymentSpec 3 status:Unread',
  DeploymentSpec:
    '1 replicas:int? 2 selector:LabelSelector? 3 template:PodTemplateSpec 4 strategy:DeploymentStrategy 5 minReadySeconds:int 6 revisionHistoryLimit:int? 7 paused:bool 9 progressDeadlineSeconds:int?',
  DeploymentStrategy: '1 type:string 2 rollingUpdate:RollingUpdateDeployment?',
  RollingUpdateDeployment: '1 maxUnavailable:IntOrString? 2 maxSurge:IntOrString?',
  PodTemplateSpec: '1 metadata:ObjectMeta 2 spec:PodSpec',
  PodSpec:
    '2 containers:[Container] 3 restartPolicy:string 4 terminationGracePeriodSeconds:int? 5 activeDeadlineSeconds:int? 6 dnsPolicy:string 7 nodeSelector:{string} 8 serviceAccountName:string 9 serviceAccount:string 10 nodeName:string 11 hostNetwork:bool 12 hostPID:bool 13 hostIPC:bool 15 imagePullSecrets:[LocalObjectReference] 16 hostname:string 17 subdomain:string 19 schedulerName:string 20 initContainers:[Container] 21 automountServiceAccountToken:bool? 24 priorityClassName:string 25 priority:int?',
  Container:
    '1 name:string 2 image:string 3 command:[string] 4 args:[string] 5 workingDir:string 6 ports:[ContainerPort] 7 env:[EnvVar] 8 resources:ResourceRequirements 13 terminationMessagePath:string 14 imagePullPolicy:string 16 stdin:bool 17 stdinOnce:bool 18 tty:bool 20 terminationMessagePolicy:string',
  ContainerPort: '1 name:string 2 hostPort:int 3 containerPort:int 4 protocol:string 5 hostIP:string',
  EnvVar: '1 name:string 2 value:string',
  ResourceRequirements: '1 limits:{Quantity} 2 requests:{Quantity}',
  Job: '1 metadata:ObjectMeta 2 spec:JobSpec 3 status:Unread',
  JobSpec:
    '1 parallelism:int? 2 completions:int? 3 activeDeadlineSeconds:int? 4 selector:LabelSelector? 5 manualSelector:bool? 6 template:PodTemplateSpec 7 backoffLimit:int? 8 ttlSecondsAfterFinished:int? 9 completionMode:string? 10 suspend:bool? 12 backoffLimitPerIndex:int? 13 maxFailedIndexes:int? 14 podReplacementPolicy:string? 15 managedBy:string?',
  CronJob: '1 metadata:ObjectMeta 2 spec:CronJobSpec 3 status:Unread',
  CronJobSpec:
    '1 schedule:string 2 startingDeadlineSeconds:int? 3 concurrencyPolicy:string 4 suspend:bool? 5 jobTemplate:JobTemplateSpec 6 successfulJobsHistoryLimit:int? 7 failedJobsHistoryLimit:int? 8 timeZone:string?',
  JobTemplateSpec: '1 metadata:ObjectMeta 2 spec:JobSpec',
  Ingress: '1 metadata:ObjectMeta 2 spec:IngressSpec 3 status:Unread',
  IngressSpec: '1 defaultBackend:IngressBackend? 2 tls:[IngressTLS] 3 rules:[IngressRule] 4 ingressClassName:string?',
  IngressTLS: '1 hosts:[string] 2 secretName:string',
  IngressRule: '1 host:string 2 +:IngressRuleValue',
  IngressRuleValue: '1 http:HTTPIngressRuleValue?',
  HTTPIngressRuleValue: '1 paths:[HTTPIngressPath]',
  HTTPIngressPath: '1 path:string 2 backend:IngressBackend 3 pathType:string?',
  IngressBackend: '4 service:IngressServiceBackend?',
  IngressServiceBackend: '1 name:string 2 port:ServiceBackendPort',
  ServiceBackendPort: '1 name:string 2 number:int',
  HorizontalPodAutoscaler: '1 metadata:ObjectMeta 2 spec:HorizontalPodAutoscalerSpec 3 status:Unread',
  HorizontalPodAutoscalerSpec:
    '1 scaleTargetRef:CrossVersionObjectReference 2 minReplicas:int? 3 maxReplicas:int 4 metrics:[MetricSpec]',
  CrossVersionObjectReference: '1 kind:string 2 name:string 3 apiVersion:string',
  MetricSpec: '1 type:string 4 resource:ResourceMetricSource?',
  ResourceMetricSource: '1 name:string 2 target:MetricTarget',
  MetricTarget: '1 type:string 2 value:Quantity? 3 averageValue:Quantity? 4 averageUtilization:int?',
  'autoscaling/v1/HorizontalPodAutoscaler': '1 metadata:ObjectMeta 2 spec:CpuAutoscalerSpec 3 status:Unread',
  CpuAutoscalerSpec:
    '1 scaleTargetRef:CrossVersionObjectReference 2 minReplicas:int? 3 maxReplicas:int 4 targetCPUUtilizationPercentage:int?',
  Role: '1 metadata:ObjectMeta 2 rules:[PolicyRule]',
  ClusterRole: '1 metadata:ObjectMeta 2 rules:[PolicyRule] 3 aggregationRule:AggregationRule?',
  AggregationRule: '1 clusterRoleSelectors:[LabelSelector]',
  PolicyRule:
    '1 verbs:[string] 2 apiGroups:[string] 3 resources:[string] 4 resourceNames:[string] 5 nonResourceURLs:[string]',
  RoleBinding: '1 metadata:ObjectMeta 2 subjects:[Subject] 3 roleRef:RoleRef',
  ClusterRoleBinding: '1 metadata:ObjectMeta 2 subjects:[Subject] 3 roleRef:RoleRef',
  Subject: '1 kind:string 2 apiGroup:string 3 name:string 4 namespace:string',
  RoleRef: '1 apiGroup:string 2 kind:string 3 name:string',
  PodDisruptionBudget: '1 metadata:ObjectMeta 2 spec:PodDisruptionBudgetSpec 3 status:Unread',
  PodDisruptionBudgetSpec:
    '1 minAvailable:IntOrString? 2 selector:LabelSelector? 3 maxUnavailable:IntOrString? 4 unhealthyPodEvictionPolicy:string?',
  Eviction: '1 metadata:ObjectMeta 2 deleteOptions:DeleteOptions?',
  PriorityClass:
    '1 metadata:ObjectMeta 2 value:int 3 globalDefault:bool 4 description:string 5 preemptionPolicy:string?',
  SelfSubjectAccessReview: '1 metadata:ObjectMeta 2 spec:SelfSubjectAccessReviewSpec 3 status:Unread',
  SelfSubjectAccessReviewSpec:
    '1 resourceAttributes:ResourceAttributes? 2 nonResourceAttributes:NonResourceAttributes?',
  ResourceAttributes:
    '1 namespace:string 2 verb:string 3 group:string 4 version:string 5 resource:string 6 subresource:string 7 name:string',
  NonResourceAttributes: '1 path:string 2 verb:string',
  SelfSubjectRulesReview: '1 metadata:ObjectMeta 2 spec:SelfSubjectRulesReviewSpec 3 status:Unread',
  SelfSubjectRulesReviewSpec: '1 namespace:string',
  SelfSubjectReview: '1 metadata:ObjectMeta 2 status:Unread',
  TokenRequest: '1 metadata:ObjectMeta 2 spec:TokenRequestSpec 3 status:Unread',
  TokenRequestSpec: '1 audiences:[string] 3 boundObjectRef:BoundObjectReference? 4 expirationSeconds:int?',
  BoundObjectReference: '1 kind:string 2 apiVersion:string 3 name:string 4 uid:string',
};

/** Messages whose JSON is not an object of their fields. */
export const SCALARS = new Set(['string', 'bytes', 'int', 'bool', 'Quantity', 'IntOrString', 'Time']);

export interface MessageField {
  /** `+` where the message's fields belong to the one around it. */
  name: string;
  type: string;
  form: 'one' | 'list' | 'map';
  pointer: boolean;
}

function fieldsOf(text: string): Map<number, MessageField> {
  return new Map(
    [...text.matchAll(/(\d+) (\S+?):([[{]?)(\w+)[\]}]?(\??)/g)].map(match => {
      const [, number = '', name = '', bracket = '', type = '', pointer = ''] = match;
      const form = bracket === '[' ? 'list' : bracket === '{' ? 'map' : 'one';
      return [Number(number), { name, type, form, pointer: pointer === '?' }] as const;
    }),
  );
}

/** What is passed over. */
export const UNREAD = 'Unread';

export const MESSAGES: ReadonlyMap<string, ReadonlyMap<number, MessageField>> = new Map(
  Object.entries(TEXT).map(([name, text]) => [name, fieldsOf(text)] as const),
);
