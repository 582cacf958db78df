import { matrix } from './matrix.ts';
import { GRPC_ROUTE } from './routed.ts';

matrix('GRPCRoute', GRPC_ROUTE, [3_000]);
