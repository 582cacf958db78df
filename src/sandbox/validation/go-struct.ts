import { sortedMap } from './field-errors.ts';
import { unifiedDiff } from './unified-diff.ts';

/**
 * Some messages of the API server print its internal Go structs as JSON: names of Go fields, every field, in the order of
 * the declaration. This table holds the structs that messages print. Marks after a name: none a string, `#` a number,
 * `?` a bool, `*` what is null when absent, `*T` a pointer to struct T, `[]T` a list of T, `{}T` a struct held by value,
 * `...T` the fields of T in place.
 */
const STRUCTS: Record<string, string> = {
  PodTemplateSpec: '...ObjectMeta Spec{}PodSpec',
  PodSpec:
    'Volumes[]Volume InitContainers[]Container Containers[]Container EphemeralContainers[]Container RestartPolicy TerminationGracePeriodSeconds* ActiveDeadlineSeconds* DNSPolicy NodeSelector* ServiceAccountName AutomountServiceAccountToken* NodeName SecurityContext*PodSecurityContext ImagePullSecrets[]LocalObjectReference Hostname Subdomain SetHostnameAsFQDN* Affinity*Affinity SchedulerName Tolerations[]Toleration HostAliases[]HostAlias PriorityClassName Priority* PreemptionPolicy* DNSConfig*PodDNSConfig ReadinessGates[]PodReadinessGate RuntimeClassName* Overhead* EnableServiceLinks* TopologySpreadConstraints[]TopologySpreadConstraint OS*PodOS SchedulingGates[]PodSchedulingGate ResourceClaims* Resources*ResourceRequirements HostnameOverride* SchedulingGroup*',
  PodSecurityContext:
    'HostNetwork? HostPID? HostIPC? ShareProcessNamespace* HostUsers* SELinuxOptions* WindowsOptions* RunAsUser* RunAsGroup* RunAsNonRoot* SupplementalGroups* SupplementalGroupsPolicy* FSGroup* Sysctls* FSGroupChangePolicy* SeccompProfile*SeccompProfile AppArmorProfile*SeccompProfile SELinuxChangePolicy*',
  Container:
    'Name Image Command* Args* WorkingDir Ports[]ContainerPort EnvFrom[]EnvFromSource Env[]EnvVar Resources{}ResourceRequirements ResizePolicy* RestartPolicy* RestartPolicyRules* VolumeMounts[]VolumeMount VolumeDevices[]VolumeDevice LivenessProbe*Probe ReadinessProbe*Probe StartupProbe*Probe Lifecycle*Lifecycle TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext*SecurityContext Stdin? StdinOnce? TTY?',
  SecurityContext:
    'Capabilities*Capabilities Privileged* SELinuxOptions* WindowsOptions* RunAsUser* RunAsGroup* RunAsNonRoot* ReadOnlyRootFilesystem* AllowPrivilegeEscalation* ProcMount* SeccompProfile*SeccompProfile AppArmorProfile*SeccompProfile',
  Capabilities: 'Add* Drop*',
  SeccompProfile: 'Type LocalhostProfile*',
  ContainerPort: 'Name HostPort# ContainerPort# Protocol HostIP',
  EnvFromSource: 'Prefix ConfigMapRef*OptionalReference SecretRef*OptionalReference',
  OptionalReference: 'Name Optional*',
  EnvVar: 'Name Value ValueFrom*EnvVarSource',
  EnvVarSource:
    'FieldRef*ObjectFieldSelector ResourceFieldRef*ResourceFieldSelector ConfigMapKeyRef*KeySelector SecretKeyRef*KeySelector FileKeyRef*',
  ObjectFieldSelector: 'APIVersion FieldPath',
  ResourceFieldSelector: 'ContainerName Resource Divisor',
  KeySelector: 'Name Key Optional*',
  ResourceRequirements: 'Limits* Requests* Claims*',
  VolumeMount: 'Name ReadOnly? RecursiveReadOnly* MountPath SubPath MountPropagation* SubPathExpr',
  VolumeDevice: 'Name DevicePath',
  Probe:
    '...ProbeHandler InitialDelaySeconds# TimeoutSeconds# PeriodSeconds# SuccessThreshold# FailureThreshold# TerminationGracePeriodSeconds*',
  ProbeHandler: 'Exec*ExecAction HTTPGet*HTTPGetAction TCPSocket*TCPSocketAction GRPC*GRPCAction',
  LifecycleHandler: 'Exec*ExecAction HTTPGet*HTTPGetAction TCPSocket*TCPSocketAction Sleep*SleepAction',
  Lifecycle: 'PostStart*LifecycleHandler PreStop*LifecycleHandler StopSignal*',
  ExecAction: 'Command*',
  HTTPGetAction: 'Path Port# Host Scheme HTTPHeaders[]HTTPHeader',
  HTTPHeader: 'Name Value',
  TCPSocketAction: 'Port# Host',
  GRPCAction: 'Port# Service*',
  SleepAction: 'Seconds#',
  LocalObjectReference: 'Name',
  HostAlias: 'IP Hostnames*',
  PodOS: 'Name',
  PodSchedulingGate: 'Name',
  PodReadinessGate: 'ConditionType',
  PodDNSConfig: 'Nameservers* Searches* Options*',
  Toleration: 'Key Operator Value Effect TolerationSeconds*',
  TopologySpreadConstraint:
    'MaxSkew# TopologyKey WhenUnsatisfiable LabelSelector* MinDomains* NodeAffinityPolicy* NodeTaintsPolicy* MatchLabelKeys*',
  Affinity: 'NodeAffinity*NodeAffinity PodAffinity*PodAffinity PodAntiAffinity*PodAffinity',
  NodeAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution*NodeSelector PreferredDuringSchedulingIgnoredDuringExecution[]PreferredSchedulingTerm',
  NodeSelector: 'NodeSelectorTerms[]NodeSelectorTerm',
  PreferredSchedulingTerm: 'Weight# Preference{}NodeSelectorTerm',
  NodeSelectorTerm: 'MatchExpressions[]NodeSelectorRequirement MatchFields[]NodeSelectorRequirement',
  NodeSelectorRequirement: 'Key Operator Values*',
  PodAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution[]PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution[]WeightedPodAffinityTerm',
  WeightedPodAffinityTerm: 'Weight# PodAffinityTerm{}PodAffinityTerm',
  PodAffinityTerm: 'LabelSelector* Namespaces* TopologyKey NamespaceSelector* MatchLabelKeys* MismatchLabelKeys*',
  Volume: 'Name ...VolumeSource',
  VolumeSource:
    'HostPath*HostPath EmptyDir*EmptyDir GCEPersistentDisk* AWSElasticBlockStore* GitRepo* Secret*SecretVolume NFS*NFS ISCSI* Glusterfs* PersistentVolumeClaim*ClaimSource RBD* Quobyte* FlexVolume* Cinder* CephFS* Flocker* DownwardAPI*DownwardAPIVolume FC* AzureFile* ConfigMap*ConfigMapVolume VsphereVolume* AzureDisk* PhotonPersistentDisk* Projected*Projected PortworxVolume* ScaleIO* StorageOS* CSI* Ephemeral* Image*',
  HostPath: 'Path Type*',
  EmptyDir: 'Medium SizeLimit*',
  SecretVolume: 'SecretName Items[]KeyToPath DefaultMode* Optional*',
  NFS: 'Server Path ReadOnly?',
  ClaimSource: 'ClaimName ReadOnly?',
  DownwardAPIVolume: 'Items[]DownwardAPIFile DefaultMode*',
  DownwardAPIFile: 'Path FieldRef*ObjectFieldSelector ResourceFieldRef*ResourceFieldSelector Mode*',
  ConfigMapVolume: 'Name Items[]KeyToPath DefaultMode* Optional*',
  KeyToPath: 'Key Path Mode*',
  Projected: 'Sources[]VolumeProjection DefaultMode*',
  VolumeProjection:
    'Secret*ProjectedReference DownwardAPI*ProjectedDownwardAPI ConfigMap*ProjectedReference ServiceAccountToken*TokenProjection ClusterTrustBundle* PodCertificate*',
  ProjectedReference: 'Name Items[]KeyToPath Optional*',
  ProjectedDownwardAPI: 'Items[]DownwardAPIFile',
  TokenProjection: 'Audience ExpirationSeconds# Path',
  PersistentVolumeClaimSpec:
    'AccessModes* Selector* Resources{}VolumeResourceRequirements VolumeName StorageClassName* VolumeMode* DataSource* DataSourceRef* VolumeAttributesClassName*',
  VolumeResourceRequirements: 'Limits* Requests*',
  PodFailurePolicy: 'Rules[]PodFailurePolicyRule',
  PodFailurePolicyRule: 'Action OnExitCodes*ExitCodes OnPodConditions[]PodConditionPattern',
  ExitCodes: 'ContainerName* Operator Values*',
  PodConditionPattern: 'Type Status',
  SuccessPolicy: 'Rules[]SuccessPolicyRule',
  SuccessPolicyRule: 'SucceededIndexes* SucceededCount*',
};

/** In the versioned API these lie in the pod spec, internally in its security context. */
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const;
const META = ['name', 'generateName', 'namespace', 'labels', 'annotations', 'finalizers'] as const;

type Json = Record<string, unknown>;

/** A versioned value as the internal struct of that name, ready for JSON. */
export function goValue(struct: string, value: unknown): Json {
  const source = withHostFields(struct, (value ?? {}) as Json);
  const out: Json = {};
  for (const field of (STRUCTS[struct] ?? '').split(' ')) {
    const [, spread, name = '', mark = '', type = ''] = /^(\.\.\.)?(\w+)([#?*]|\[\]|\{\})?(\w*)$/.exec(field) ?? [];
    if (spread) Object.assign(out, name === 'ObjectMeta' ? metadata(source) : goValue(name, source));
    else out[name] = goField(source[jsonName(name)], mark, type);
  }
  return out;
}

function goField(value: unknown, mark: string, type: string): unknown {
  switch (mark) {
    case '{}':
      return goValue(type, value);
    case '[]':
      return Array.isArray(value) && value.length > 0 ? value.map(item => goValue(type, item)) : null;
    case '*':
      if (value === undefined || value === null) return null;
      if (type) return goValue(type, value);
      return Array.isArray(value) || typeof value !== 'object' ? value : sortedMap(value as Json);
    case '#':
      return value ?? 0;
    case '?':
      return value ?? false;
    default:
      return value ?? '';
  }
}

/** `DNSPolicy` is `dnsPolicy`, `TTY` is `tty`, `HostIP` is `hostIP`. */
function jsonName(name: string): string {
  return name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, start => start.toLowerCase());
}

function withHostFields(struct: string, spec: Json): Json {
  if (struct !== 'PodSpec') return spec;
  const host = Object.fromEntries(HOST_FIELDS.filter(field => field in spec).map(field => [field, spec[field]]));
  return { ...spec, securityContext: { ...(spec.securityContext as Json | undefined), ...host } };
}

function metadata(template: Json): Json {
  const meta = (template.metadata ?? {}) as Json;
  return Object.fromEntries(
    META.filter(field => meta[field]).map(field => {
      const value = meta[field];
      return [field, Array.isArray(value) || typeof value === 'string' ? value : sortedMap(value as Json)];
    }),
  );
}

/** The difference of two values as one struct, line by line, in the unified form. */
export function goDiff(struct: string, before: unknown, after: unknown): string {
  const lines = (value: unknown): string[] => JSON.stringify(goValue(struct, value), null, 1).split('\n');
  return unifiedDiff(lines(before), lines(after));
}
